"""Results: trees of NumPy arrays, the same as in the HDF5 files (docs/hdf5.md)."""

import os
from typing import Any, Iterator, Mapping, Optional, Tuple, Union

import numpy as np

from . import _core
from .study import Study


def _is_hdf5(path: Union[str, os.PathLike]) -> bool:
    with open(path, "rb") as file:
        return file.read(8) in (b"", b"\x89HDF\r\n\x1a\n")


class Group(Mapping):
    """Arrays and groups by name: group["risk"], group.risk, group["sweep/risk"]; result["spectral-power"] is
    result.spectral_power too.

    `dims("risk")` names the dimensions, slowest first; `units` and `long_name` say what an array holds; `attrs` are the
    group's attributes. Arrays are read-only and row-major.
    """

    def __init__(self, tree: Mapping[str, Any]):
        self.attrs = dict(tree.get("", {}))
        self._tree = {name: entry for name, entry in tree.items() if name}
        for entry in tree.values():
            if isinstance(entry, tuple):
                entry[0].flags.writeable = False

    def _entry(self, path: str):
        if not isinstance(path, str):
            raise KeyError(f"{path!r}: arrays and groups have names; there are {', '.join(self._tree)}")
        name, _, rest = path.strip("/").partition("/")
        if name not in self._tree:
            raise KeyError(f"{path}: no such array or group; there are {', '.join(self._tree)}")
        entry = self._tree[name]
        if rest and isinstance(entry, tuple):
            raise KeyError(f"{path}: {name} is an array")
        return Group(entry)._entry(rest) if rest else entry

    def __getitem__(self, path: str) -> Union[np.ndarray, "Group"]:
        entry = self._entry(path)
        return entry[0] if isinstance(entry, tuple) else Group(entry)

    def __getattr__(self, name: str) -> Union[np.ndarray, "Group"]:
        if name.startswith("_"):
            raise AttributeError(name)
        hyphened = name.replace("_", "-")  # spectral-power, which is no name in Python
        try:
            return self[hyphened if name not in self._tree and hyphened in self._tree else name]
        except KeyError as error:
            raise AttributeError(error.args[0]) from None

    def _array_entry(self, path: str) -> tuple:
        entry = self._entry(path)
        if not isinstance(entry, tuple):
            raise KeyError(f"{path}: is a group")
        return entry

    def dims(self, path: str) -> Tuple[str, ...]:
        """Names of the dimensions of an array: ("step",)."""
        return self._array_entry(path)[1]

    def units(self, path: str) -> str:
        """Units of an array, "1" for none."""
        return self._array_entry(path)[2]

    def long_name(self, path: str) -> str:
        """What an array holds, in words."""
        return self._array_entry(path)[3]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree)

    def __len__(self) -> int:
        return len(self._tree)

    def __dir__(self):
        return [*super().__dir__(), *(name.replace("-", "_") for name in self._tree)]

    def __repr__(self) -> str:
        lines = [
            f"  {name}: [{', '.join(f'{d} {n}' for d, n in zip(e[1], e[0].shape))}] {e[3]}" if isinstance(e, tuple)
            else f"  {name}/ ({', '.join(filter(None, e))})"
            for name, e in self._tree.items()
        ]
        return "\n".join([type(self).__name__, *lines])


class Result(Group):
    """A result of a computation, or of a file (see `muonphase.load`).

    `kind` is "ode", "simulate", …; `attrs` are the root attributes of the file (version, study, seed, …); `study` is
    the study it came from; `agree` says of a validation just computed whether theory and Monte Carlo agree.
    """

    def __init__(self, arrays: Mapping[str, Any], attrs: Mapping[str, Any], tree: Optional["_core.Tree"] = None,
                 agree: Optional[bool] = None, brief: Optional[str] = None):
        super().__init__(arrays)
        self.attrs = dict(attrs)
        self.agree = agree
        self._saved = tree
        self._brief = brief

    def brief(self) -> str:
        """A few lines: of a result just computed on how it was computed, of one that was loaded on what it holds."""
        if self._brief is not None:
            return self._brief
        from .summary import brief_of
        return brief_of(self)

    def plot(self, ax: Optional[Any] = None) -> Any:
        """Draws the figure of `muonphase plot` with matplotlib, in the same palette: in `ax` the panel that says most,
        otherwise every panel in a figure of its own. Gives the axes, an array of them where there are several. Of a
        phase diagram it draws the map, not the analyses beside it."""
        from .figures import plot
        return plot(self, ax)

    def to_xarray(self) -> Any:
        """The result for xarray, with dimensions, coordinates, units and long_name: a DataTree where xarray has it
        (from 2024.10), before that Datasets by the path of their group, {"/": …, "/signsvd": …}."""
        from .tables import to_xarray
        return to_xarray(self)

    def _repr_html_(self) -> str:
        from .tables import to_html
        return to_html(self)

    @property
    def kind(self) -> str:
        return self.attrs["kind"]

    @property
    def study(self) -> Study:
        return Study(_core.parse_stored_study(self.attrs["study"], "study"))

    def save(self, path: Union[str, os.PathLike], overwrite: bool = False) -> None:
        """Writes the result file, whole or not at all. OSError when it is there already, unless `overwrite`."""
        if self._saved is None:
            raise ValueError("a result that was loaded has its file already")
        if os.path.exists(path) and not overwrite:
            raise OSError(f"{os.fspath(path)}: is there already (overwrite=True overwrites it)")
        if os.path.exists(path) and not _is_hdf5(path):
            raise OSError(f"{os.fspath(path)}: is no result file and is kept")
        _core.save(self._saved, os.fspath(path))
