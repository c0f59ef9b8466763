"""Studies: what to compute."""

import json
import os
import re
from typing import TYPE_CHECKING, Any, Mapping, Optional, Union

from . import _core

if TYPE_CHECKING:
    from ._keys import Keys as _Keys

#: Values by the paths of keys, {"problem.n_in": 256}.
Keys = Optional["_Keys"]


def _toml(value: Any) -> str:
    """A Python value as TOML, on one line."""
    if hasattr(value, "tolist"):  # NumPy scalars and arrays
        value = value.tolist()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (str, os.PathLike)):
        return json.dumps(os.fspath(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(_toml, value)) + "]"
    raise ValueError(f"{value!r}: a study holds numbers, booleans, strings, lists and tables")


def _key(key: str) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{key!r}: keys of a study are strings")
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _assignments(keys: Keys) -> list:
    if keys is not None and not isinstance(keys, Mapping):
        raise TypeError(f"keys are a dictionary, {{\"problem.n_in\": 256}}, not {type(keys).__name__}")
    return [f"{key}={_toml(value)}" for key, value in (keys or {}).items()]


class Study:
    """What to compute: every key of docs/study-reference.md, those not given at their defaults.

    Made by `Study()` (all defaults), `load`, `loads` or `from_dict`; never changed, see `replaced`. Bad keys and
    values are a ValueError that names the line, the key and what is allowed.
    """

    def __init__(self, _core_study=None):
        self._core = _core.parse_study("", "defaults", []) if _core_study is None else _core_study

    @classmethod
    def load(cls, path: Union[str, os.PathLike], set: Keys = None) -> "Study":
        """Reads a study file; `set={"problem.n_in": 256}` changes keys as --set does. OSError, ValueError."""
        return cls(_core.load_study(os.fspath(path), _assignments(set)))

    @classmethod
    def loads(cls, text: str, set: Keys = None) -> "Study":
        """Reads a study from TOML text; relative paths in it start at the working folder."""
        if not isinstance(text, (str, bytes)):
            raise TypeError(f"the text of a study is a string, not {type(text).__name__}")
        return cls(_core.parse_study(text, "study", _assignments(set)))

    @classmethod
    def from_dict(cls, tables: Mapping[str, Any]) -> "Study":
        """A study from nested dictionaries: {"problem": {"n_in": 256}, "run": {"learning_rate": {"signsvd": 0.01}}}."""
        if not isinstance(tables, Mapping):
            raise TypeError(f"a study is made of a dictionary, not of {type(tables).__name__}")
        return cls.loads("\n".join(f"{_key(key)} = {_toml(value)}" for key, value in tables.items()))

    def replaced(self, keys: "_Keys") -> "Study":
        """A study like this one with other values of some keys: replaced({"problem.batch": 32})."""
        return Study(_core.parse_study(self.to_toml(), os.path.join(self._core.folder, "study"), _assignments(keys)))

    def to_toml(self) -> str:
        """Every key as TOML, defaults filled in."""
        return self._core.to_toml()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Study) and self._core.first_difference(other._core) is None

    __hash__ = None

    def __repr__(self) -> str:
        return f"Study.loads({self.to_toml()!r})"
