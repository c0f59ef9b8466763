"""The phase diagram over data exponent α and target exponent β, on a coarse grid. Writes phase_diagram.png."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import BoundaryNorm, ListedColormap

import muonphase

study = muonphase.Study.from_dict({"phase": {
    "alpha": {"min": 0.0, "max": 2.6, "count": 14},
    "beta": {"min": 0.0, "max": 3.0, "count": 16},
    "horizons": {"min": 1.0, "max": 1e9, "count": 32},
}})
diagram = muonphase.phase(study)

names = ["indistinguishable", "SignSGD", "SignSVD", "trade-off"]
colors = ListedColormap(["0.9", "#f0b86c", "#6fa8dc", "#9fd3a8"])
figure, axes = plt.subplots(figsize=(6, 4.5), layout="constrained")
mesh = axes.pcolormesh(diagram.alpha, diagram.beta, diagram.phase.T, cmap=colors, norm=BoundaryNorm(np.arange(5) - 0.5, 4))
crossing = np.log10(diagram.crossing_horizon.T)
if np.isfinite(crossing).any():
    lines = axes.contour(diagram.alpha, diagram.beta, crossing, colors="k", linewidths=0.7)
    axes.clabel(lines, fmt=lambda value: f"$10^{{{value:g}}}$", fontsize=7)
figure.colorbar(mesh, ticks=range(4)).set_ticklabels(names)
axes.set(xlabel=r"data exponent $\alpha$", ylabel=r"target exponent $\beta$", title="Who wins, and from which horizon on")
figure.savefig("phase_diagram.png", dpi=150)
print("wrote phase_diagram.png")
