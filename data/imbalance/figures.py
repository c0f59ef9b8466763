"""Figures of docs/imbalance.md that `muonphase plot` does not draw, and the table of the theorems:
figures.py RESULTS FIGURES.

RESULTS are made by scripts/reproduce-imbalance.sh; the theorems are computed here by the Python module."""
import pathlib
import sys

import h5py
import matplotlib
import numpy as np

import muonphase
from muonphase.figures import look_of

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

OPTIMIZERS = ("nmd", "signum", "adam", "muon", "shampoo")
CLAIMS = ("gradient flow, minority", "gradient flow, all classes", "normalised flow, minority")
CONSTANTS = np.array([0.25, 0.5, 0.5])

results, figures = map(pathlib.Path, sys.argv[1:3])
plt.rcParams.update({"font.size": 9, "figure.dpi": 160})


def save(figure, name):
    figure.savefig(figures / f"imbalance-{name}.png", bbox_inches="tight")
    plt.close(figure)


def advantage(priors, norm, snr):
    """Found, guaranteed and published slopes of the three claims in units of the norm, and the published hypothesis."""
    study = muonphase.Study.load("data/imbalance/advantage.toml", set={
        "imbalance.priors": priors, "imbalance.mean_norm": norm, "imbalance.noise": norm / snr ** 0.5})
    claims = muonphase.imbalance(study)["advantage"]
    slopes = [np.asarray(claims[f"{kind}_slope"])[:3] / norm for kind in ("observed", "guaranteed", "published")]
    return (*slopes, bool(claims["published_hypothesis"]))


def step(classes, ratio):
    return {"law": "step", "classes": classes, "ratio": float(ratio)}


def theorem_figure():
    snrs, ratios = np.geomspace(0.1, 1e4, 17), np.geomspace(1, 3000, 17)
    rarest = 2 / (10 * (1 + ratios))
    figure, axes = plt.subplots(2, 3, figsize=(9.2, 5.2), sharex=True, sharey=True, constrained_layout=True)
    for row, norm in zip(axes, (1.0, 3.0)):
        cells = [[advantage(step(10, ratio), norm, snr) for snr in snrs] for ratio in ratios]
        for i, axis in enumerate(row):
            found = np.array([[cell[0][i] for cell in line] for line in cells])
            proven = np.array([[cell[1][i] for cell in line] for line in cells])
            mesh = axis.pcolormesh(snrs, rarest, found, cmap="viridis", vmin=0, vmax=1, shading="nearest")
            if proven.min() < CONSTANTS[i]:
                axis.contour(snrs, rarest, proven, [CONSTANTS[i]], colors="white", linewidths=1.6)
            fails = found < CONSTANTS[i]
            y, x = np.nonzero(fails)
            axis.plot(snrs[x], rarest[y], "x", color="#D55E00", ms=3.5)
            axis.plot(snrs, 1 / (5 * snrs + 60), "k--", lw=1.4)
            axis.set_xscale("log")
            axis.set_yscale("log")
            axis.set_ylim(rarest[-1], rarest[0])
            axis.set_title(f"{CLAIMS[i]}, m = {norm:g}", fontsize=9)
    for axis in axes[1]:
        axis.set_xlabel("SNR, m²/σ²")
    for axis in axes[:, 0]:
        axis.set_ylabel("smallest prior")
    figure.colorbar(mesh, ax=axes, label="smallest gap(t)/t, in units of m", shrink=0.7)
    save(figure, "theorems")


def theorem_table():
    """The grid of the page: 31 priors × 5 SNR × 5 norms."""
    priors = [[0.55, 0.25, 0.13, 0.07]]
    for classes in (2, 3, 5, 10, 30):
        priors.append({"law": "zipf", "classes": classes})
        priors += [step(classes, ratio) for ratio in (1, 1.5, 4, 20, 100)]
    cells = [advantage(prior, norm, snr) for prior in priors for norm in (0.3, 1.0, 1.3, 3.0, 8.0)
             for snr in (0.1, 1.0, 10.0, 100.0, 1e4)]
    found, proven, published, hypothesis = (np.array(values) for values in zip(*cells))
    assert np.allclose(published, CONSTANTS)
    print(f"\nThe published constants on {len(cells)} mixtures; their hypothesis holds on {hypothesis.sum()}\n")
    print("| claim | hypothesis: constant holds | smallest found | smallest proven | elsewhere: constant holds | "
          "elsewhere: constant proven here |\n|---|---|---|---|---|---|")
    for i, name in enumerate(CLAIMS):
        holds, ours = found[:, i] >= CONSTANTS[i], proven[:, i] >= CONSTANTS[i]
        inside, outside = hypothesis, ~hypothesis
        print(f"| {name}, ≥ {CONSTANTS[i]:g} m t | {holds[inside].sum()} / {inside.sum()} | {found[inside, i].min():.3f} m | "
              f"{proven[inside, i].min():.3f} m | {holds[outside].sum()} / {outside.sum()} | {ours[outside].sum()} |")


def intervals():
    figure, axis = plt.subplots(figsize=(4.6, 3.2), constrained_layout=True)
    depth = np.linspace(1, 6, 60)
    for name, title, snr, colour in (("depth", "p = (0.55, 0.25, 0.13, 0.07)", (1.3 / 0.4) ** 2, "#0072B2"),
                                     ("three", "p = (0.5, 0.3, 0.2)", (1 / 0.3) ** 2, "#D55E00")):
        points = []
        for whole in (1, 2, 3, 4, 6):
            with h5py.File(results / f"{name}-{whole}.h5") as file:
                times = file["population/specgd/saturation_step"][:] * 0.001 + (0 if whole == 1 else 0.1)
                prior = file["prior"][:]
            points.append((whole, times.max() / times.min() - 1))
        axis.plot(depth, ((snr + 1 / prior[-1]) / (snr + 1 / prior[0])) ** (1 / depth) - 1, color=colour, label=title)
        axis.plot(*zip(*points), "o", color=colour, ms=4)
    axis.set_xlabel("layers L")
    axis.set_ylabel("relative saturation interval")
    axis.set_ylim(0)
    axis.grid(alpha=0.3)
    axis.legend(title="line: published formula; points: SpecGD", fontsize=8, title_fontsize=8)
    save(figure, "intervals")


def network_curve(axis, group, quantity, look):
    """The mean over the seeds, in a band of one standard error: it is at most the mean, so no accuracy leaves [0, 1]."""
    step, mean, error = (group[name][:] for name in ("step", quantity, f"{quantity}_sem"))
    axis.fill_between(step, mean - error, mean + error, color=look["color"], alpha=0.18, linewidth=0)
    axis.plot(step, mean, linewidth=1.3, **look)


def coloured():
    """The chosen rates, and Muon at a rate at which it is stable beside them."""
    panels = (("train_loss", "training loss"), ("majority_accuracy", "accuracy, frequent groups"),
              ("minority_accuracy", "accuracy, rare groups"), ("worst_accuracy", "worst group"),
              ("decoded_worst_accuracy", "worst group, refitted"), ("logit_divergence", "KL of logits to uniform"))
    figure, axes = plt.subplots(2, 3, figsize=(9.2, 5.2), sharex=True, constrained_layout=True)
    with h5py.File(results / "coloured.h5") as file, h5py.File(results / "coloured-muon.h5") as stable:
        runs = []
        for key in OPTIMIZERS:
            if key in file["sample"]:
                look = look_of(key)
                rate = file["sample"][key].attrs["learning_rate"]
                runs.append((file["sample"][key], {**look, "label": f"{look['label']}, rate {rate:g}"}))
        rate = stable["sample/muon"].attrs["learning_rate"]
        runs.append((stable["sample/muon"],
                     {**look_of("muon"), "label": f"Muon, rate {rate:g}, not chosen", "linestyle": "--"}))
        for axis, (quantity, label) in zip(axes.flat, panels):
            for group, look in runs:
                network_curve(axis, group, quantity, look)
            axis.set_title(label, fontsize=9)
            axis.set_xscale("symlog", linthresh=1, linscale=0.3)
            axis.set_xlim(0, 300)
            axis.grid(alpha=0.3)
    for axis in axes[1]:
        axis.set_xlabel("step")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="upper center", bbox_to_anchor=(0.5, 0), ncol=3,
                  fontsize=8, frameon=False)
    save(figure, "coloured")


def rates():
    names = (("coloured", "coloured digits"), ("barcodes", "barcodes"), ("step-20", "step 20 : 1"))
    figure, axes = plt.subplots(1, 3, figsize=(9.2, 3), constrained_layout=True)
    for axis, (name, title) in zip(axes, names):
        with h5py.File(results / f"{name}.h5") as file:
            for key in OPTIMIZERS:
                if key not in file["tuning"]:
                    continue
                tuning, look = file["tuning"][key], look_of(key)
                rate, value = tuning["learning_rate"][:], tuning["validation_accuracy"][:, 0]
                value = np.where(value < 0, np.nan, value)
                error = tuning["validation_accuracy_sem"][:, 0] if "validation_accuracy_sem" in tuning else None
                axis.errorbar(rate, value, error, fmt="-o", ms=3, capsize=2, elinewidth=0.9, **look)
                axis.plot(rate[np.nanargmax(value)], np.nanmax(value), "o", mfc="none", color=look["color"], ms=9)
        axis.set_xscale("log")
        axis.set_title(title, fontsize=9)
        axis.set_xlabel("learning rate")
        axis.grid(alpha=0.3)
    axes[0].set_ylabel("validation accuracy, mean over groups")
    axes[1].legend(fontsize=8, loc="upper left")
    save(figure, "rates")


theorem_table()
theorem_figure()
intervals()
coloured()
rates()
