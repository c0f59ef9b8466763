"""Risk of SignSVD and SignSGD: the deterministic curves on top of Monte Carlo runs. Writes risk_curves.png."""

import matplotlib.pyplot as plt

import muonphase

study = muonphase.Study.from_dict({
    "problem": {"n_out": 64, "n_in": 64, "batch": 64, "input": {"alpha": 1.4}, "target": {"beta": 0.6}},
    "run": {"steps": 1000, "record": 60, "learning_rate": {"signsvd": 0.008, "signsgd": 0.001}},
    "ode": {"accuracy": "fast"},
    "simulate": {"trials": 8},
})
theory, runs = muonphase.ode(study), muonphase.simulate(study)

figure, axes = plt.subplots(figsize=(6, 4), layout="constrained")
for name, color in [("signsvd", "C0"), ("signsgd", "C1")]:
    axes.plot(theory[name].step, theory[name].risk, color=color, label=f"{name}, theory")
    axes.errorbar(runs[name].step, runs[name].risk, 2 * runs[name].risk_sem, color=color, fmt=".", markersize=4,
                  label=f"{name}, {len(runs[name].risk_trials)} runs")
axes.set(xscale="symlog", yscale="log", xlim=(0, None), xlabel="step", ylabel="population risk")
axes.legend()
figure.savefig("risk_curves.png", dpi=150)
print("wrote risk_curves.png")
