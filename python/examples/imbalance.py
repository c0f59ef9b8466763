"""Class-imbalanced data: the loss of each class under gradient descent and spectral descent. Writes imbalance.png."""

import matplotlib.pyplot as plt

import muonphase

study = muonphase.Study.from_dict({"imbalance": {"priors": [0.55, 0.25, 0.13, 0.07], "steps": 2000, "record": 100}})
result = muonphase.imbalance(study)

figure, axes = plt.subplots(1, 2, figsize=(8, 3.5), sharey=True, layout="constrained")
for panel, name, title in zip(axes, ["gd", "specgd"], ["gradient descent", "spectral descent"]):
    run = result["population"][name]
    for c, prior in enumerate(result.prior):
        panel.plot(run.step, run.class_loss[:, c], label=f"class of prior {prior:g}")
    panel.plot(run.step, run.balanced_loss, "k--", label="mean over classes")
    panel.set(title=title, xlabel="step")
axes[0].set(ylabel="loss")
axes[0].legend(fontsize=8)
figure.savefig("imbalance.png", dpi=150)
print("wrote imbalance.png")
