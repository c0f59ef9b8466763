"""A few lines on a result that was loaded: what its arrays say."""

from typing import TYPE_CHECKING, Iterator, List

import numpy as np

from .tables import groups_of, values_of_study

if TYPE_CHECKING:
    from .result import Group, Result


def _curve(group: "Group", values: str) -> str:
    """Of a curve over steps: where it starts, where it ends, or from where on it is no number."""
    step, value = group.step, group[values]
    words = values.replace("_", " ")
    bad = np.flatnonzero(~np.isfinite(value))
    if len(bad) == 0:
        return f"{words} {value[0]:.6g} → {value[-1]:.6g} in {step[-1]:g} steps"
    first = bad[0]
    if first == 0:
        return f"no curve of {step[-1]:g} steps"
    last = f"{words} {value[first - 1]:.6g} at step {step[first - 1]:g}"
    return f"diverged before step {step[first]:g} of {step[-1]:g} ({last})"


def _line(group: "Group") -> str:
    """What one group holds, in words; nothing where there is nothing to say."""
    for values in ("risk", "balanced_loss", "train_loss"):
        if "step" in group and values in group and group[values].ndim == 1:
            return _curve(group, values)
    if "sweep" in group:
        sweep = group["sweep"]
        risk = sweep.risk[:, -1]
        best = int(np.nanargmin(risk)) if np.isfinite(risk).any() else 0
        return (f"best of {len(risk)} rates at {sweep.horizon[-1]:g} steps: {sweep.learning_rate[best]:.6g}, "
                f"risk {risk[best]:.6g}")
    if "drift" in group:
        return f"drift {group.drift.min():.4g} to {group.drift.max():.4g} over {group.drift.size} modes"
    return ""


def _of_phase(result: "Result") -> Iterator[str]:
    first, second = values_of_study(result).get("phase.compare") or ["signsvd", "signsgd"]
    names = ["indistinguishable", second, first, "trade-off"]
    kinds, counts = np.unique(result.phase, return_counts=True)
    yield ", ".join(f"{count} cells {names[kind]}" for kind, count in zip(kinds, counts))


def _of_tune(result: "Result") -> Iterator[str]:
    for name in result:
        if isinstance(result[name], np.ndarray) or "risk" not in result[name]:
            continue
        risk = result[name].risk[:, -1]
        if np.isfinite(risk).any():
            best = int(np.nanargmin(risk))
            yield (f"{name}: risk {risk[best]:.6g} at B = {result.batch[best]:g}, "
                   f"η = {result[name].learning_rate[best, -1]:.4g}")


def _of_measure(result: "Result") -> Iterator[str]:
    values = result.eigenvalue
    yield f"{len(values)} eigenvalues, {values[0]:.4g} to {values[-1]:.4g}"


def brief_of(result: "Result") -> str:
    """Kind and version, then a line for each curve, or what its kind says instead."""
    lines: List[str] = [f"{result.kind} result of muonphase {result.attrs['muonphase_version']}, "
                        f"{result.attrs['created']}"]
    special = {"phase": _of_phase, "tune": _of_tune, "measure": _of_measure}.get(result.kind)
    if special:
        lines += special(result)
    else:
        for path, group in groups_of(result):
            if path != "/" and not path.endswith("/sweep") and (line := _line(group)):
                lines.append(f"{path[1:]}: {line}")
    return "\n".join(lines) + "\n"
