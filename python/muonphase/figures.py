"""The figures of the command with matplotlib: `result.plot()`.

Names and colours of optimizers are those of the registry, the rest of the palette is that of src/report/figures.
"""

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional, Tuple

import numpy as np

from . import _core
from .tables import values_of_study

if TYPE_CHECKING:
    from .result import Group, Result

BLACK, BLUE, VERMILLION, GREY = "#000000", "#0072B2", "#D55E00", "#8C8C8C"
CONTOUR = "#5A5A5A"
LEGEND = {"fontsize": 8, "frameon": False}

#: Draws one panel in the axes it is given.
Panel = Callable[[Any], None]


def registry() -> Dict[str, Tuple[str, str]]:
    """(label, colour) by the name of an optimizer, [imbalance]'s names too."""
    table = _core.optimizers()
    names = {o["full_batch_name"]: (o["full_batch_label"], o["color"]) for o in table}
    names.update({o["name"]: (o["label"], o["color"]) for o in table})
    return names


def look_of(name: str) -> Dict[str, str]:
    label, color = registry().get(name, (name, GREY))
    return {"label": label, "color": color}


def tint(color: str, strength: float) -> str:
    """`strength` of the colour, the rest white."""
    parts = (int(color[i:i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + strength * (part - 255)):02x}" for part in parts)


def phase_colors(compare: List[str]) -> List[str]:
    """Of /phase: indistinguishable, the second of the pair favoured, the first, trade-off."""
    return [tint(GREY, 0.5), tint(look_of(compare[1])["color"], 0.5), tint(look_of(compare[0])["color"], 0.5),
            tint("#F0E442", 0.55)]


def optimizers_in(group: "Group") -> List[str]:
    """The groups that are named as an optimizer, in the order of the file."""
    known = registry()
    return [name for name in group if name in known]


def _logarithmic(ax: Any, step: np.ndarray, label: str) -> None:
    """A step axis that begins at 0, as in the figures of the command."""
    first = step[step > 0].min(initial=np.inf)
    if np.isfinite(first):
        ax.set_xscale("symlog", linthresh=first, linscale=0.3)
        ax.set_xlim(0, step.max())
    ax.set_xlabel(label)


def _band(ax: Any, step: np.ndarray, low: np.ndarray, high: np.ndarray, color: str, label: str = "") -> None:
    ax.fill_between(step, low, high, color=color, alpha=0.25, linewidth=0, label=label or None)


def _step_label(result: "Result") -> str:
    infinite = values_of_study(result).get("problem.batch") == "infinite"
    return "time t, in units of n/B steps" if infinite else "step"


def _risk_axes(ax: Any, step: np.ndarray, result: "Result") -> None:
    ax.set(yscale="log", ylabel="population risk R")
    _logarithmic(ax, step, _step_label(result))
    ax.legend(**LEGEND)


def _risk_panel(result: "Result") -> Panel:
    def draw(ax: Any) -> None:
        for name in optimizers_in(result):
            curve, look = result[name], look_of(name)
            if "risk" not in curve:
                continue
            if "risk_targets" in curve:
                low, high = np.quantile(curve.risk_targets, [1 / 6, 5 / 6], axis=0)
                _band(ax, curve.step, low, high, look["color"], "two thirds of the targets")
            if "risk_sem" in curve:
                _band(ax, curve.step, curve.risk - 2 * curve.risk_sem, curve.risk + 2 * curve.risk_sem, look["color"])
                look["label"] += " ± 2 s.e."
            ax.plot(curve.step, curve.risk, **look)
            step = curve.step
        _risk_axes(ax, step, result)
    return draw


def _sweep_panel(result: "Result", name: str) -> Panel:
    def draw(ax: Any) -> None:
        from matplotlib import colormaps
        sweep = result[name].sweep
        rates, horizons = sweep.learning_rate, sweep.horizon
        risk = np.where(np.isfinite(sweep.risk), sweep.risk, np.nan)
        shade = np.linspace(0, 0.9, len(horizons)) if len(horizons) > 1 else [0.3]
        every = -(-len(horizons) // 8)
        for j, horizon in enumerate(horizons):
            ax.plot(rates, risk[:, j], color=colormaps["viridis"](shade[j]),
                    label=f"T = {horizon:.3g}" if j % every == 0 else None)
        some = ~np.isnan(risk).all(axis=0)
        best = np.nanargmin(risk[:, some], axis=0)
        ax.plot(rates[best], risk[best, some], "o", color=BLACK, markersize=3.5, label="best rate")
        edge = float(sweep.stability_edge) if "stability_edge" in sweep else np.nan
        if np.isfinite(edge) and edge > 0:
            ax.axvline(edge, color=VERMILLION, linestyle="--", label="stability edge")
        start = np.nanmax(risk[0], initial=0)
        if 0 < start < np.nanmax(risk, initial=0) / 10:  # the smallest rate hardly moves from its start
            ax.set_ylim(top=10 * start)
        ax.set(xscale="log", yscale="log", xlabel="learning rate η", ylabel="population risk R(T)",
               title=look_of(name)["label"])
        ax.legend(**LEGEND)
    return draw


def _validation_panels(result: "Result") -> List[Panel]:
    names = optimizers_in(result["ode"])

    def curves(ax: Any) -> None:
        for name in names:
            theory, runs, look = result["ode"][name], result["simulate"][name], look_of(name)
            color, label = look["color"], look["label"]
            _band(ax, runs.step, runs.risk - 2 * runs.risk_sem, runs.risk + 2 * runs.risk_sem, color)
            ax.plot(theory.step, theory.risk, color=color, label=f"{label}, theory")
            some = np.unique(np.searchsorted(runs.step, np.geomspace(max(runs.step[1], 1), runs.step[-1], 24)))
            ax.plot(runs.step[some], runs.risk[some], "o", color=color, fillstyle="none", markersize=4,
                    label=f"{label}, Monte Carlo ± 2 s.e.")
        _risk_axes(ax, theory.step, result)

    def residuals(ax: Any) -> None:
        ax.axhline(0, color=BLACK, linewidth=0.7)
        for name in names:
            step, ratio, error = result["ode"][name].step, result[name].log_ratio, result[name].log_ratio_sem
            _band(ax, step, ratio - 2 * error, ratio + 2 * error, look_of(name)["color"])
            ax.plot(step, ratio, color=look_of(name)["color"])
        tolerance = values_of_study(result).get("validate.tolerance")
        if tolerance is not None:
            ax.axhline(tolerance, color=BLACK, linewidth=0.7, linestyle="--", label=f"tolerance ± {tolerance:g}")
            ax.axhline(-tolerance, color=BLACK, linewidth=0.7, linestyle="--")
            ax.legend(**LEGEND)
        ax.set_ylabel(r"$\ln\,R_\mathrm{theory}/R_\mathrm{runs}$")
        _logarithmic(ax, step, _step_label(result))
    return [curves, residuals]


def _coefficient_panel(result: "Result", quantity: str, ylabel: str) -> Panel:
    def draw(ax: Any) -> None:
        for name in optimizers_in(result):
            table = result[name]
            eigenvalue, two_sided = table.eigenvalue_in, table[quantity].ndim == 2
            if two_sided:
                eigenvalue = np.outer(table.eigenvalue_out, table.eigenvalue_in)
            mark = "o" if two_sided else "-"
            ax.plot(eigenvalue.ravel(), table[quantity].ravel(), mark, markersize=2.5, **look_of(name))
            if "measured_" + quantity in table and not two_sided:
                look, measured = look_of(name), table["measured_" + quantity]
                look["label"] += ", Monte Carlo"
                ax.plot(eigenvalue, np.where(measured > 0, measured, np.nan), "o", fillstyle="none", markersize=3, **look)
        ax.set(xscale="log", yscale="log", ylabel=ylabel,
               xlabel="eigenvalue $λ_k λ_j$" if two_sided else "eigenvalue $λ_j$")
        ax.legend(**LEGEND)
    return draw


def _tuned_panel(result: "Result", b: int) -> Panel:
    def draw(ax: Any) -> None:
        for name in optimizers_in(result):
            ax.plot(result.horizon, result[name].risk[b], **look_of(name))
        ax.set(xscale="log", yscale="log", xlabel=f"budget, {result.attrs.get('budget', 'of the study')}",
               ylabel="risk at the best rate", title=f"B = {result.batch[b]:g}")
        ax.legend(**LEGEND)
    return draw


def _measured_panel(result: "Result", quantity: str, exponent: str, color: str, ylabel: str) -> Panel:
    def draw(ax: Any) -> None:
        rank, value, of = result.mode, result[quantity], result.attrs.get
        ax.plot(rank, value, "o", color=color, markersize=2.5, label="measured")
        if quantity == "target_energy":
            ax.plot(rank, result.target_noise, ":", color=GREY, label="noise of the sample")
        first, last = of("fit_first_rank", np.nan), of("fit_last_rank", np.nan)
        inside = (rank >= first) & (rank <= last) & (value > 0)
        power = of(exponent, np.nan)
        if np.isfinite(power) and inside.any():  # through the mean of the logarithms, bins of ln j alike
            shift = np.average(np.log(value[inside] * rank[inside] ** power), weights=1 / rank[inside])
            ends = np.array([first, last])
            ax.plot(ends, np.exp(shift) * ends ** -power, "--", color=BLACK,
                    label=f"{'α' if exponent == 'alpha' else 'β'} = {power:.3f} ± {of(exponent + '_stderr'):.3f}")
        ax.set(xscale="log", yscale="log", xlabel="rank j of the mode", ylabel=ylabel)
        ax.legend(**LEGEND)
    return draw


def _imbalance_panels(result: "Result") -> List[Panel]:
    if "organisms" in result:
        raise ValueError("there is no matplotlib figure of the organisms task: `muonphase plot FILE.h5` draws it")
    runs = result["sample" if "sample" in result else "population"]
    names = optimizers_in(runs)

    def panel(value: Callable[["Group"], np.ndarray], ylabel: str, logarithmic: bool) -> Panel:
        def draw(ax: Any) -> None:
            for name in names:
                ax.plot(runs[name].step, value(runs[name]), **look_of(name))
            ax.set(ylabel=ylabel, xlabel="step")
            if logarithmic:
                _logarithmic(ax, runs[name].step, "step")
            ax.legend(**LEGEND)
        return draw

    if "balanced_loss" in runs[names[0]] and "prior" in result:
        rarest = int(np.argmin(result.prior))
        return [panel(lambda run: run.balanced_loss, "balanced loss in training", False),
                panel(lambda run: run.class_loss[:, rarest], "minority loss in training", False)]
    accuracy = [("balanced_accuracy", "class-balanced accuracy"), ("minority_accuracy", "accuracy, rare groups"),
                ("worst_accuracy", "worst class or group")]
    shown = [("train_loss", "training loss"), *accuracy]
    return [panel(lambda run, q=q: run[q], label, True) for q, label in shown if q in runs[names[0]]]


def panels_of(result: "Result") -> Tuple[List[Panel], int]:
    """The panels of a result, the one that says most first, and in how many columns."""
    from .phase_figure import phase_panels
    kind = result.kind
    if kind == "phase":
        panels = phase_panels(result)
        return panels, 1 if len(panels) == 1 else 2 if len(panels) in (2, 4) else 3
    if kind == "validate":
        return _validation_panels(result), 1
    if kind in ("ode", "simulate"):
        names = optimizers_in(result)
        sweeps = [_sweep_panel(result, name) for name in names if "sweep" in result[name]]
        curves = [_risk_panel(result)] if any("risk" in result[name] for name in names) else []
        return curves + sweeps, 3
    if kind == "coefficients":
        return [_coefficient_panel(result, "drift", "drift $f_j$"),
                _coefficient_panel(result, "diffusion", "diffusion $V_j$")], 2
    if kind == "tune":
        return [_tuned_panel(result, b) for b in range(len(result.batch))], 4
    if kind == "measure":
        target = ([_measured_panel(result, "target_energy", "beta", VERMILLION, "target energy of mode j")]
                  if "target_energy" in result else [])
        return [_measured_panel(result, "eigenvalue", "alpha", BLUE, "eigenvalue $λ_j$"), *target], 2
    if kind == "imbalance":
        return _imbalance_panels(result), 2
    raise ValueError(f"there is no figure for a result of {kind}")


def plot(result: "Result", ax: Optional[Any] = None) -> Any:
    """Draws the panels of a result: the first one in `ax`, or all in a figure of their own."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("plot needs matplotlib (Debian: python3-matplotlib)") from error
    panels, columns = panels_of(result)
    if ax is not None:
        panels[0](ax)
        return ax
    columns = min(columns, len(panels))
    rows = -(-len(panels) // columns)
    residuals = result.kind == "validate"
    width = 5.2 if columns == 1 else 3.6
    height = 5 if residuals else 4.6 * rows if result.kind == "phase" else 3.3 * rows
    figure, grid = plt.subplots(rows, columns, squeeze=False, layout="constrained", sharex=residuals,
                                sharey="all" if result.kind == "tune" else False, figsize=(width * columns, height),
                                gridspec_kw={"height_ratios": [3, 1]} if residuals else None)
    axes = grid.ravel()
    for panel, each in zip(panels, axes):
        panel(each)
        if result.kind != "phase":
            each.spines[["top", "right"]].set_visible(False)
    for spare in axes[len(panels):]:
        spare.remove()
    if residuals:
        axes[0].set_xlabel("")
    title = values_of_study(result).get("title", "")
    if title:
        figure.suptitle(title)
    axes = axes[:len(panels)]
    return axes[0] if len(panels) == 1 else axes
