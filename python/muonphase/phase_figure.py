"""The phase diagram with matplotlib."""

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Tuple

import numpy as np

from .figures import BLACK, CONTOUR, look_of, phase_colors, registry
from .tables import values_of_study

if TYPE_CHECKING:
    from .result import Result

FAR = 1e3  # beyond every map

#: What one map of several is titled.
THIRD = {"batch_ratio": "B/d", "output_ratio": "n/d", "dimension": "d", "label_noise": "σ", "alpha_out": "$α_{out}$"}

#: Polylines (α, β) with their dash and what they say: docs/theory.md §6.
HORIZON = [
    ([-FAR, 1, 2, FAR], [1, 1, 3, FAR + 1], "--", "predicted, late: β = 1, 2α − 1, α + 1"),
    ([-FAR, 1], [1 + 2 * FAR, -1], "-.", "predicted, early: α = 1, 2α + β = 1"),
    ([1, 1], [-FAR, FAR], "-.", ""),
]


def _accuracy(ends: float) -> List[Tuple[list, list, str, str]]:
    return [
        ([-FAR, FAR], [1, 1], "--", "ε → 0: A | B at β = 1, B | C at β = α + 1"),
        ([-FAR, FAR], [1 - FAR, 1 + FAR], "--", ""),
        ([1, 2], [1, 3], "-", "within what d resolves: β = 2α − 1"),
        ([-FAR, FAR], [ends + FAR, ends - FAR], ":", "below, ε ends at the cut"),
    ]


def _boundaries(study: Dict[str, Any], axis: str, value: float) -> list:
    """The predicted lines where they hold: large batches, isotropic outputs without noise, the linear closure."""
    at = {"batch_ratio": study.get("phase.batch_ratio"), "alpha_out": study.get("phase.alpha_out", 0),
          "label_noise": study.get("phase.label_noise", study.get("problem.label_noise", 0)),
          "dimension": study.get("phase.dimension")}
    if "phase.alpha_out" not in study and study.get("problem.output.spectrum") == "power-law":
        at["alpha_out"] = study.get("problem.output.alpha")
    if axis:
        at[axis] = value
    if (at["batch_ratio"] not in ("infinite", np.inf) or at["alpha_out"] != 0 or at["label_noise"] != 0
            or study.get("phase.compare") != ["signsvd", "signsgd"]
            or study.get("phase.closure") != "linear" or study.get("phase.basis") != "generic"):
        return []
    if study.get("phase.criterion") == "accuracy":
        return _accuracy(1 - np.log(study["phase.accuracies.min"]) / np.log(float(at["dimension"])))
    return HORIZON if study.get("phase.policy") == "constant" else []


def _edges(centres: np.ndarray) -> np.ndarray:
    middle = (centres[1:] + centres[:-1]) / 2
    if len(middle) == 0:
        return np.array([centres[0] - 0.5, centres[0] + 0.5])
    return np.concatenate([[2 * centres[0] - middle[0]], middle, [2 * centres[-1] - middle[-1]]])


def _legend(ax: Any, colors: List[str], names: List[str], phase: np.ndarray, columns: int) -> None:
    from matplotlib.patches import Patch
    # Both optimizers and the trade-off are named even where they do not occur: that they do not is part of the result.
    entries = [Patch(color=colors[p], label=names[p]) for p in (2, 1, 3)]
    if (phase == 0).any():
        entries.append(Patch(color=colors[0], label=names[0]))
    lines, labels = ax.get_legend_handles_labels()
    ax.legend(handles=entries + lines, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncol=columns, fontsize=7,
              frameon=False)


def phase_panels(result: "Result") -> List[Callable[[Any], None]]:
    """One map, or one for each value of the third axis."""
    study = values_of_study(result)
    compare = study.get("phase.compare") or [name for name in result if name in registry()]
    axis = result.dims("phase")[0] if result.phase.ndim == 3 else ""
    first, second = (look_of(name)["label"] for name in compare)
    names = ["indistinguishable", f"{second} favoured", f"{first} favoured", "trade-off"]
    colors = phase_colors(compare)
    crossing_name = "crossing_accuracy" if "crossing_accuracy" in result else "crossing_horizon"

    def panel(k: int) -> Callable[[Any], None]:
        def draw(ax: Any) -> None:
            from matplotlib.colors import BoundaryNorm, ListedColormap
            phase, crossing = (result[name][k] if axis else result[name] for name in ("phase", crossing_name))
            alpha, beta = _edges(result.alpha), _edges(result.beta)
            ax.pcolormesh(alpha, beta, phase.T, cmap=ListedColormap(colors),
                          norm=BoundaryNorm(np.arange(5) - 0.5, 4), rasterized=True)
            logarithm = np.ma.masked_invalid(np.log10(crossing.T))
            if logarithm.count() > 1 and min(logarithm.shape) > 1:
                levels = np.arange(np.ceil(logarithm.min()), np.floor(logarithm.max()) + 1)
                if len(levels):
                    lines = ax.contour(result.alpha, result.beta, logarithm, levels, colors=CONTOUR, linewidths=0.8,
                                       linestyles="solid")
                    ax.clabel(lines, fmt=lambda level: f"$10^{{{level:g}}}$", fontsize=7)
                    ax.plot([], [], color=CONTOUR, linewidth=0.8,
                            label="crossing accuracy ε" if "accuracy" in crossing_name else "crossing horizon T")
            value = result[axis][k] if axis else np.nan
            for x, y, dash, label in _boundaries(study, axis, value):
                ax.plot(x, y, dash, color=BLACK, linewidth=1, label=label or None)
            ax.set(xlim=alpha[[0, -1]], ylim=beta[[0, -1]], xlabel="data exponent α", ylabel="target exponent β")
            if axis:
                ax.set_title("B → ∞" if np.isinf(value) else f"{THIRD.get(axis, axis)} = {value:g}")
            _legend(ax, colors, names, phase, columns=1 if axis else 2)
        return draw
    return [panel(k) for k in range(len(result[axis]) if axis else 1)]
