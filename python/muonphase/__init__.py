"""High-dimensional dynamics and phases of Muon, SignSVD and SignSGD.

    import muonphase

    study = muonphase.Study.load("study.toml", set={"problem.n_in": 256})
    curves = muonphase.ode(study)
    curves["signsvd"].risk          # NumPy array [step], as every dataset of the result
    curves.save("ode.h5")           # the file that `muonphase ode study.toml` writes

The computations are those of the command `muonphase`, with the same numbers, bit for bit. They let go of the GIL, stop
at Ctrl-C with KeyboardInterrupt, and raise ValueError for a bad study and OSError for files, with the command's text.
"""

from ._core import __version__
from .compute import coefficients, imbalance, load, measure, ode, optimizers, phase, simulate, tune, validate
from .explorer import explore
from .result import Group, Result
from .study import Study

__all__ = [
    "Group", "Result", "Study", "__version__",
    "coefficients", "explore", "imbalance", "load", "measure", "ode", "optimizers", "phase", "simulate", "tune",
    "validate",
]
