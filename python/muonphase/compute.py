"""The computations, one for each command."""

import operator
import os
import warnings
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

import numpy as np

from . import _core
from .result import Result
from .study import Study

#: Called as progress(what, unit, done, total), from any thread, with the GIL.
Progress = Callable[[str, str, int, int], None]


def _result(computed: Any, callers: int) -> Result:
    """The result, and its warnings at the line of the user, so many callers up."""
    tree, arrays, attrs, agree, brief, warned = computed
    for line in warned:
        warnings.warn(line, RuntimeWarning, stacklevel=callers + 1)
    return Result(arrays, attrs, tree, agree, brief)


def _threads(threads: Optional[int]) -> int:
    if threads is None:
        return 0
    try:
        count = None if isinstance(threads, (bool, np.bool_)) else operator.index(threads)  # NumPy's integers too
    except TypeError:
        count = None
    if count is None or not 1 <= count <= 1024:
        raise ValueError(f"threads = {threads!r}: must be a whole number from 1 to 1024")
    return count


def _compute(kind: str, study: Study, threads: Optional[int], progress: Optional[Progress]) -> Result:
    if not isinstance(study, Study):
        raise TypeError(f"a muonphase.Study is wanted, not {type(study).__name__}")
    return _result(_core.compute(kind, study._core, _threads(threads), progress), 3)


def ode(study: Study, *, threads: Optional[int] = None, progress: Optional[Progress] = None) -> Result:
    """Deterministic risk curves. For each optimizer: step [step], risk [step], learning_rate [step], mode_energy
    [step, mode]; where the study gives a list of rates, sweep/risk [learning_rate, horizon] instead."""
    return _compute("ode", study, threads, progress)


def simulate(study: Study, *, threads: Optional[int] = None, progress: Optional[Progress] = None) -> Result:
    """Monte Carlo risk curves. For each optimizer: step [step], risk [step] (the mean over trials), risk_sem [step],
    risk_trials [trial, step], learning_rate [step]."""
    return _compute("simulate", study, threads, progress)


def validate(study: Study, *, threads: Optional[int] = None, progress: Optional[Progress] = None) -> Result:
    """Theory against Monte Carlo: result.agree, result["ode/signsvd"].risk, result["simulate/signsvd"].risk and
    result["signsvd"].log_ratio [step]."""
    return _compute("validate", study, threads, progress)


def coefficients(study: Study, *, threads: Optional[int] = None, progress: Optional[Progress] = None) -> Result:
    """Drift and diffusion of every mode. For each optimizer: eigenvalue_out [n], eigenvalue_in [d], drift and
    diffusion [d] (or [n, d] when the outputs have a spectrum)."""
    return _compute("coefficients", study, threads, progress)


def phase(study: Optional[Study] = None, *, threads: Optional[int] = None,
          progress: Optional[Progress] = None) -> Result:
    """The (α, β) phase diagram: alpha [alpha], beta [beta], horizon [horizon], phase [alpha, beta] (0 indistinguishable,
    1 SignSGD, 2 SignSVD, 3 trade-off), crossing_horizon [alpha, beta], log_risk_ratio [alpha, beta, horizon], and
    for each optimizer risk and learning_rate [alpha, beta, horizon]. With phase.criterion = "accuracy" the axis is
    accuracy: crossing_accuracy, log_time_ratio, and for each optimizer time. Without a study, the default one."""
    return _compute("phase", Study() if study is None else study, threads, progress)


def imbalance(study: Study, *, threads: Optional[int] = None, progress: Optional[Progress] = None) -> Result:
    """Spectral descent on class-imbalanced data: population/<optimizer>, sample/<optimizer> and theory/<optimizer>
    with step [step], component [step, mode], class_loss [step, class], balanced_loss [step]. Networks have
    sample/<optimizer> with loss, accuracy, majority_, minority_ and worst_loss and _accuracy [step], class_ and group_loss
    and _accuracy [step, class or group], logit_singular_value [step, mode], and tuning/<optimizer> with
    validation_accuracy [learning_rate, momentum]."""
    return _compute("imbalance", study, threads, progress)


def tune(study: Study, *, threads: Optional[int] = None, progress: Optional[Progress] = None) -> Result:
    """Which optimizer, batch and rate for a budget: best_optimizer [batch, horizon], and for each optimizer risk,
    learning_rate and steps [batch, horizon], time [batch, target]."""
    return _compute("tune", study, threads, progress)


def _real(name: str, values: Any) -> np.ndarray:
    """An array of numbers that doubles hold; whole numbers stay so, as they may be labels."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked values: leave out their rows or fill them in")
    values = np.asarray(values)
    if values.dtype.kind in "biuf":
        return values
    what = {"c": "complex numbers", "M": "dates", "m": "times", "U": "text", "S": "text"}
    try:
        if values.dtype.kind in "cMm":
            raise TypeError
        return values.astype(float)
    except (TypeError, ValueError):
        held = what.get(values.dtype.kind, "what is no number")
        raise ValueError(f"{name} holds {held}: must be real numbers") from None


def _ranks(ranks: Tuple[int, int]) -> Tuple[int, int]:
    try:
        first, last = (operator.index(rank) for rank in ranks)
    except (TypeError, ValueError):
        raise ValueError(f"ranks = {ranks!r}: must be two whole numbers, as in (3, 100)") from None
    return first, last


def measure(x: Any, y: Any = None, *, preprocess: str = "none", ridge: float = 0.0,
            ranks: Optional[Tuple[int, int]] = None, threads: Optional[int] = None,
            progress: Optional[Progress] = None) -> Result:
    """Spectrum, target and noise of your own data: inputs x [samples, n_in] and outputs y [samples, n_out], or integer
    labels [samples]; x may be the path of a file instead. eigenvalue [mode], target_energy [mode], target [output,
    mode], residual_covariance [output, other_output]; attributes alpha, beta, their _stderr, effective_dimension."""
    if preprocess not in ("none", "centre", "standardise"):
        raise ValueError(f"preprocess = {preprocess!r}: must be \"none\", \"centre\" or \"standardise\"")
    threads, none = _threads(threads), np.empty((0, 0))
    if isinstance(ridge, (str, complex)) or not np.isscalar(ridge):
        raise ValueError(f"ridge = {ridge!r}: must be a finite number ≥ 0")
    ranks = None if ranks is None else _ranks(ranks)
    if isinstance(x, (str, os.PathLike)):
        return _result(_core.measure(none, none, False, os.fspath(x), preprocess, ridge, ranks, threads, progress), 2)
    x, y = _real("x", x), none if y is None else _real("y", y)
    if x.ndim != 2:
        raise ValueError(f"x has {x.ndim} dimensions: must be [samples, n_in]")
    labels = y.ndim == 1 and y.dtype.kind in "iub"
    y = y.reshape(len(y), -1) if y.ndim == 1 else y
    if y.ndim != 2:
        raise ValueError(f"y has {y.ndim} dimensions: must be [samples, n_out], or labels [samples]")
    return _result(_core.measure(x.astype(float), y.astype(float), labels, "", preprocess, ridge, ranks, threads,
                                 progress), 2)


def optimizers() -> List[Dict[str, Any]]:
    """What each optimizer is: name, label, color, update, options (default, type, allowed, doc), which closures it
    has, and how [imbalance] names it."""
    return _core.optimizers()


def load(path: Union[str, os.PathLike]) -> Result:
    """A result file of muonphase. OSError when it cannot be read, ValueError when it is of something else."""
    return Result(*_core.open_result(os.fspath(path)))
