"""The tables of docs/imbalance.md from the results that scripts/reproduce-imbalance.sh makes: tables.py RESULTS.

Each is printed with the rows that the page has."""
import pathlib
import sys

import h5py
import numpy as np

LABEL = {"gd": "GD", "ngd": "NGD", "signgd": "SignGD", "specgd": "SpecGD", "nmd": "NMD", "signum": "Signum", "adam": "Adam",
         "muon": "Muon", "shampoo": "Shampoo"}

results = pathlib.Path(sys.argv[1])


def opened(name):
    return h5py.File(results / f"{name}.h5")


def table(title, header, rows):
    print(f"\n{title}\n")
    print("| " + " | ".join(header) + " |\n|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(row) + " |")


def at_step(group, step):
    """Index of the first record at or after a step."""
    return int(np.argmax(group["step"][:] >= step))


def with_error(group, name, index):
    error = f"{name}_sem"
    if np.isnan(group[name][index]):  # no seed has a group of the kind
        return "–"
    text = f"{group[name][index]:.3f}"
    return f"{text} ± {group[error][index]:.3f}" if error in group else text


def with_momentum(group):
    momentum = group.attrs["momentum"]
    return "–" if np.isnan(momentum) else f"{momentum:g}"


def networks(title, name, columns):
    """A row for each optimizer: the rate (and momentum, where there were several) that was picked, and (quantity, step)
    columns."""
    with opened(name) as file:
        groups = [file["sample"][key] for key in LABEL if key in file["sample"]]
        momenta = any(tried["momentum"].size > 1 for tried in file["tuning"].values()) if "tuning" in file else False
        rows = [[LABEL[g.name.split("/")[-1]], f"{g.attrs['learning_rate']:g}"]
                + ([with_momentum(g)] if momenta else [])
                + [with_error(g, quantity, at_step(g, step)) for quantity, step in columns] for g in groups]
        words = {"minority_accuracy": "rare", "majority_accuracy": "frequent", "worst_accuracy": "worst group",
                 "decoded_worst_accuracy": "refitted", "accuracy": "accuracy", "balanced_accuracy": "balanced"}
        header = ["optimizer", "rate"] + ["momentum"] * momenta + [f"{words[quantity]}, step {step}" for quantity, step in columns]
    table(title, header, rows)


def rates(name):
    """Validation accuracy at the end by rate, at its best momentum: what the rates were picked from."""
    with opened(name) as file:
        first = file["tuning"][next(iter(file["tuning"]))]
        rows = [[LABEL[key]] + ["diverged" if value < 0 else f"{value:.3f}"
                                for value in file["tuning"][key]["validation_accuracy"][:].max(axis=1)]
                for key in LABEL if key in file["tuning"]]
        header = ["optimizer"] + [f"{rate:g}" for rate in first["learning_rate"][:]]
    table(f"{name}: validation accuracy, mean over the groups, by rate", header, rows)


def stopped(title, name):
    """Where the validation loss of a classifier is smallest, and where its class-balanced accuracy is largest."""
    with opened(name) as file:
        rows = []
        for key in LABEL:
            if key not in file["sample"]:
                continue
            group = file["sample"][key]
            stop, best = int(np.argmin(group["validation_loss"][:])), int(np.argmax(group["balanced_accuracy"][:]))
            rows.append([LABEL[key], f"{group['step'][stop]:.0f}"]
                        + [with_error(group, what, stop) for what in ("accuracy", "balanced_accuracy", "worst_accuracy")]
                        + [with_error(group, what, best) for what in ("balanced_accuracy", "worst_accuracy")]
                        + [f"{group['logit_divergence'][stop]:.2f}"])
    table(title, ["optimizer", "stop", "accuracy", "class-balanced", "worst class", "best class-balanced on the path",
                  "worst class there", "KL of logits at the stop"], rows)


def distances():
    rows = []
    with opened("optimizers") as file:
        for key in ("gd", "ngd", "specgd"):
            gap = np.abs(file["population"][key]["component"][:] - file["theory"][key]["component"][:]).max()
            rows.append([f"{LABEL[key]}, population", f"{gap:.1e}"])
    with opened("finite-sample") as file:
        for key in ("gd", "ngd", "specgd"):
            gap = np.abs(file["sample"][key]["component"][:] - file["population"][key]["component"][:]).max()
            rows.append([f"{LABEL[key]}, sample", f"{gap:.3f}"])
    table("Largest distance of runs from their closed form or population run", ["run", "distance"], rows)


def alignment():
    rows = []
    with opened("optimizers") as file:
        spectral = file["population/specgd"]
        for key in LABEL:
            group = file["population"][key]
            share, step = group["off_diagonal"][:], group["step"][:]
            above = np.nonzero(share > 0.05)[0]
            last = f"{step[above[-1]]:.0f}" if len(above) else "never"
            gap = np.abs(group["component"][:] - spectral["component"][:]).max()
            rows.append([LABEL[key], f"{share.max():.3f}", last,
                         ", ".join(f"{t:.0f}" for t in group["saturation_step"][:]), f"{gap:.2f}"])
    table("All optimizers", ["optimizer", "largest off-diagonal share", "last step above 5 %", "99 % at steps",
                             "distance from SpecGD"], rows)


def saturation(depth):
    """Times ηt at 99 % of the optimum: of SpecGD, of GD; and the optimum."""
    with opened(f"depth-{depth}") as file:
        return (file["population/specgd/saturation_step"][:] * 0.001, file["population/gd/saturation_step"][:] * 0.02,
                file["optimum"][:], file["prior"][:])


def depths():
    rows = []
    snr = (1.3 / 0.4) ** 2
    for depth in (1, 2, 3, 4, 6):
        spectral, gradient, optimum, prior = saturation(depth)
        start = 0 if depth == 1 else 0.1
        predicted = (0.99 * optimum) ** (1 / depth)
        published = ((snr + 1 / prior[-1]) / (snr + 1 / prior[0])) ** (1 / depth) - 1
        reached = ", ".join("after 80" if np.isnan(t) else f"{t:.1f}" for t in gradient)
        rows.append([str(depth), f"{spectral.max() - spectral.min():.4f}", f"{predicted.max() - predicted.min():.4f}",
                     f"{(spectral.max() + start) / (spectral.min() + start) - 1:.4f}", f"{published:.4f}", reached])
    table("Depth", ["L", "SpecGD, last − first saturation: run", "predicted", "relative interval: run", "published",
                    "GD reaches 99 % at"], rows)


def trajectories():
    rows = []
    with opened("trajectories") as file:
        for key in ("gd", "ngd", "specgd", "muon"):
            group = file["population"][key]
            gap = np.abs(group["component"][:] - file["population/specgd/component"][:]).max()
            times = ["later" if np.isnan(t) else f"{t * 0.002:.3f}" for t in group["saturation_step"][:]]
            rows.append([LABEL[key]] + times + [f"{gap:.3f}"])
        optimum = file["optimum"][:]
    table("d = k = 3, p = (0.5, 0.3, 0.2): ηt at 99 % of the optimum; optimum " + ", ".join(f"{w:.3f}" for w in optimum),
          ["optimizer", "class 1", "class 2", "class 3", "largest distance from SpecGD at equal steps"], rows)


def organisms():
    rows = []
    with opened("organisms") as file:
        for key in ("gd", "muon"):
            group = file["organisms"][key]
            misplaced, step = group["misplaced"][:], group["step"][:]
            share = misplaced / misplaced[0]
            halves = [f"{step[np.argmax(share[:, level] <= 0.5)]:.0f}" for level in range(3)]
            quarter = int(np.argmax(share[:, 0] <= 0.25))
            rows.append([LABEL[key]] + halves + [f"{100 * share[quarter, level]:.0f} %" for level in (1, 2)])
    table("Organisms: steps at which mistakes have halved; what is left when mistakes by kingdom are at a quarter",
          ["optimizer", "kingdom", "category", "organism", "category left", "organism left"], rows)


def main():
    distances()
    alignment()
    depths()
    trajectories()
    stopped("Cross-entropy, 10 classes", "cross-entropy")
    stopped("The same, classes weighted alike", "cross-entropy-weighted")
    stopped("Cross-entropy, 20 classes in 200 dimensions", "cross-entropy-20")
    stopped("One hidden layer, outer layer fixed", "mlp")
    for variant in ("start", "outer", "wide", "narrow"):
        stopped(f"One hidden layer, variant {variant}", f"mlp-{variant}")
    rare = [("minority_accuracy", 53), ("minority_accuracy", 143), ("minority_accuracy", 300)]
    networks("Gaussian mixture, one hidden layer, every layer trained", "mixture-mlp",
             [("minority_accuracy", 20)] + rare
             + [("majority_accuracy", 300), ("balanced_accuracy", 300), ("worst_accuracy", 300)])
    for name in ("coloured", "coloured-muon", "coloured-weighted", "coloured-two-layers",
                 "coloured-two-layers-adam"):
        networks(name, name, rare + [("worst_accuracy", 300), ("decoded_worst_accuracy", 300)])
    networks("coloured-8x8", "coloured-8x8", rare)
    for name in ("barcodes", "step-5", "step-20"):
        networks(name, name, rare + [("majority_accuracy", 300)])
    networks("step-1 (no class is rare)", "step-1",
             [("accuracy", 53), ("accuracy", 143), ("accuracy", 300), ("worst_accuracy", 300)])
    for name in ("coloured", "barcodes", "step-1", "step-5", "step-20", "coloured-8x8", "mixture-mlp"):
        rates(name)
    organisms()


main()
