"""Results for other tools: xarray, and HTML for notebooks."""

import html
import json
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Tuple

import numpy as np

if TYPE_CHECKING:
    from .result import Group, Result


def values_of_study(result: "Result") -> Dict[str, Any]:
    """The keys of a stored study by path, {"problem.n_in": 256}; it has one key a line, of JSON's types but for inf."""
    values: Dict[str, Any] = {}
    section = ""
    for line in result.attrs.get("study", "").splitlines():
        if line.startswith("["):
            section = line.strip("[]") + "."
            continue
        key, equals, text = line.partition(" = ")
        if equals:
            try:
                values[section + key] = json.loads(text)
            except ValueError:
                values[section + key] = text
    return values


def groups_of(group: "Group", path: str = "/") -> Iterator[Tuple[str, "Group"]]:
    """Every group of a result by its path, itself first."""
    yield path, group
    for name in group:
        if not isinstance(group[name], np.ndarray):
            yield from groups_of(group[name], f"{path.rstrip('/')}/{name}")


def _dataset(xarray: Any, group: "Group", scales: Dict[str, Any]) -> Any:
    """A group with its coordinates: scales of its own, or of the groups that it is in."""
    arrays = [name for name in group if isinstance(group[name], np.ndarray)]

    def variable(name: str) -> Any:
        attrs = {"units": group.units(name), "long_name": group.long_name(name)}
        return xarray.Variable(group.dims(name), group[name], attrs)

    variables = {name: variable(name) for name in arrays}
    own = {name: scale for name, scale in variables.items() if scale.dims == (name,)}
    scales.update(own)
    used = {d: scales[d] for v in variables.values() for d in v.dims
            if d in scales and scales[d].shape == (v.sizes[d],)}
    return xarray.Dataset({name: v for name, v in variables.items() if name not in own}, coords={**used, **own})


def to_xarray(result: "Result") -> Any:
    try:
        import xarray
    except ImportError as error:
        raise ImportError("to_xarray needs xarray (Debian: python3-xarray)") from error
    datasets = {}
    inherited: Dict[str, Dict[str, Any]] = {}
    for path, group in groups_of(result):
        scales = dict(inherited.get(path.rpartition("/")[0] or "/", {}))
        datasets[path] = _dataset(xarray, group, scales)
        datasets[path].attrs.update(group.attrs)
        inherited[path] = scales
    if not hasattr(xarray, "DataTree"):
        return datasets
    return xarray.DataTree.from_dict(datasets)


def _row(name: str, shape: str, what: str) -> str:
    cells = (f"<td style='text-align:left'>{html.escape(text)}</td>" for text in (name, shape, what))
    return f"<tr>{''.join(cells)}</tr>"


def rows_of(group: "Group") -> List[str]:
    """One row an array, or a group with what it holds."""
    rows = []
    for name in group:
        entry = group[name]
        if isinstance(entry, np.ndarray):
            shape = " × ".join(f"{d} {n}" for d, n in zip(group.dims(name), entry.shape))
            rows.append(_row(name, shape or f"{entry.item():.6g}" if entry.dtype.kind in "fiu" else shape,
                             group.long_name(name)))
        else:
            rows.append(_row(name + "/", f"{len(entry)} entries", ", ".join(entry)))
    return rows


def svg_curves(curves: List[Tuple[str, str, np.ndarray, np.ndarray]]) -> str:
    """Small log-log curves (label, colour, x, y) as inline SVG; nothing where there is nothing to draw."""
    width, height, foot = 260, 130, 18
    drawn = []
    for label, color, x, y in curves:
        fine = (x > 0) & (y > 0) & np.isfinite(y)
        if fine.sum() > 1:
            drawn.append((label, color, np.log10(x[fine]), np.log10(y[fine])))
    if not drawn:
        return ""
    low = [min(curve[axis].min() for curve in drawn) for axis in (2, 3)]
    size = [max(max(curve[axis].max() for curve in drawn) - low[i], 1e-9) for i, axis in enumerate((2, 3))]
    parts = []
    for i, (label, color, x, y) in enumerate(drawn):
        px = 4 + (x - low[0]) / size[0] * (width - 8)
        py = height - 4 - (y - low[1]) / size[1] * (height - 8)
        kept = np.unique(np.linspace(0, len(px) - 1, 60).astype(int))
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(px[kept], py[kept]))
        parts.append(f"<polyline points='{points}' fill='none' stroke='{color}' stroke-width='1.5'/>")
        parts.append(f"<text x='{4 + 85 * (i % 3)}' y='{height + 12 + foot * (i // 3)}' font-size='11' fill='{color}'>"
                     f"{html.escape(label)}</text>")
    tall = height + foot * -(-len(drawn) // 3)
    return (f"<svg width='{width}' height='{tall}' viewBox='0 0 {width} {tall}' role='img' "
            f"aria-label='risk against step, logarithmic'>{''.join(parts)}</svg>")


def curves_of(result: "Result") -> List[Tuple[str, str, np.ndarray, np.ndarray]]:
    """What the small figure of a result shows: value against step, horizon or mode, by optimizer."""
    from .figures import BLUE, look_of, optimizers_in
    if result.kind == "measure":
        return [("eigenvalue", BLUE, result.mode, result.eigenvalue)]
    place = result
    for name in ("ode", "sample", "population"):
        if result.kind in ("validate", "imbalance") and name in result:
            place = result[name]
            break
    curves = []
    for name in optimizers_in(place):
        group, look = place[name], look_of(name)
        for x, y in (("step", "risk"), ("step", "balanced_loss"), ("step", "train_loss"), ("eigenvalue_in", "drift")):
            if x in group and y in group and group[y].ndim == 1:
                curves.append((look["label"], look["color"], group[x], group[y]))
                break
    return curves


def svg_map(phase: np.ndarray, colors: List[str], names: List[str]) -> str:
    """A phase diagram as inline SVG, α to the right and β up; runs of one phase in a row are one rectangle. Below, the
    names of the phases that occur."""
    columns, rows = phase.shape
    side = max(2, min(8, 240 // columns))
    cells = []
    for j in range(rows):
        start = 0
        for i in range(1, columns + 1):
            if i == columns or phase[i, j] != phase[start, j]:
                cells.append(f"<rect x='{start * side}' y='{(rows - 1 - j) * side}' width='{(i - start) * side}' "
                             f"height='{side}' fill='{colors[phase[start, j]]}'/>")
                start = i
    low = rows * side
    for line, p in enumerate(np.unique(phase)):
        cells.append(f"<rect x='0' y='{low + 6 + 16 * line}' width='12' height='12' fill='{colors[p]}'/>"
                     f"<text x='18' y='{low + 16 + 16 * line}' font-size='11' fill='currentColor'>{names[p]}</text>")
    width, tall = max(columns * side, 150), low + 8 + 16 * len(np.unique(phase))
    return (f"<svg width='{width}' height='{tall}' shape-rendering='crispEdges' role='img' "
            f"aria-label='phase diagram, alpha to the right, beta up'>{''.join(cells)}</svg>")


def to_html(result: "Result") -> str:
    from .figures import look_of, phase_colors
    study = values_of_study(result)
    title = study.get("title") or result.attrs.get("command_line", "")
    if result.kind == "phase" and result.phase.ndim == 2:
        compare = study.get("phase.compare") or ["signsvd", "signsgd"]
        first, second = (html.escape(look_of(name)["label"]) for name in compare)
        picture = svg_map(result.phase, phase_colors(compare), ["indistinguishable", second, first, "trade-off"])
    else:
        picture = svg_curves(curves_of(result))
    verdict = "" if result.agree is None else " · theory and training agree" if result.agree else " · disagree"
    return (f"<div><b>muonphase {html.escape(result.kind)}</b> {html.escape(str(title))}{verdict}"
            f"<div style='display:flex;gap:1.5em;align-items:flex-start'><table>{''.join(rows_of(result))}</table>"
            f"<div>{picture}</div></div></div>")
