"""What the scripts that disturb muonphase share: a small study, the arguments, how a run is made and judged."""

import argparse
import pathlib
import subprocess
import sys

try:
    import h5py
    import numpy as np
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

#: Runs through every command in less than a second.
STUDY = """
[problem]
n_out = 6
n_in = 5
batch = 4
[run]
steps = 20
record = 6
[run.learning_rate]
signsvd = 0.02
signsgd = 0.01
[ode]
accuracy = "fast"
bases = 1
[simulate]
trials = 2
[validate]
tolerance = 9
[tune]
batches = [4]
horizons = 2
[phase]
alpha = {min = 0.0, max = 2.0, count = 2}
beta = {min = 0.0, max = 2.0, count = 2}
horizons = {min = 1.0, max = 1e4, count = 4}
dimension = 40
[imbalance]
steps = 30
record = 5
"""
#: The commands that compute.
KINDS = ["phase", "simulate", "validate", "ode", "coefficients", "tune", "imbalance"]

#: Datasets that may be NaN or infinite, by the end of their name, and why.
NOT_FINITE = {"crossing_horizon": "NaN where the winner does not change", "crossing_accuracy": "likewise",
              "signal_to_noise": "NaN where the batch is infinite", "accuracy": "NaN where there is no such class",
              "time": "infinite where it is not reached", "log_time_ratio": "of such times",
              "excess_log_ratio": "NaN where the risk is the label noise's alone", "p_value": "NaN with too few trials",
              "time_error": "NaN where no risk is reached twice",
              "relative": "NaN where the risk has not fallen by a tenth",
              "saturation_step": "NaN where a class does not saturate", "margin": "NaN where the model is zero",
              "published_slope": "NaN where the theorem gives no constant",
              "stability_edge": "infinite where every rate is stable"}


def parser(doc):
    """Of a script whose docstring this is."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    build = pathlib.Path(__file__).resolve().parent.parent / "build"
    made.add_argument("--command", default=str(build / "muonphase"))
    return made


def not_finite(path):
    """The datasets of a result that have numbers which are not finite and should be."""
    found = []

    def look(name, item):
        if not isinstance(item, h5py.Dataset) or item.dtype.kind != "f":
            return
        if any(name.endswith(end) for end in NOT_FINITE) or np.isfinite(item[()]).all():
            return
        group = item.parent
        risk = np.atleast_1d(group["risk"][()]) if "risk" in group else np.zeros(1)
        if "diverged_step" in group or np.isfinite(risk[0]).all() and not np.isfinite(risk[-1]).all():
            return  # it diverged, and ends there
        found.append(f"{name} ({np.count_nonzero(~np.isfinite(item[()]))} of {item.size})")

    with h5py.File(path, "r") as file:
        file.visititems(look)
    return found


class Run:
    """One run of the command on a study, and what of the contract it broke: `wrong`. The output is kept if it is one."""

    def __init__(self, command, arguments, study, keys, out, limit):
        self.out = pathlib.Path(out)
        self.line = [command, *arguments, str(study), "-o", str(out), "-q"]
        if "--threads" not in self.line:
            self.line += ["--threads", "1"]
        for key in keys:
            self.line += ["--set", key]
        try:
            run = subprocess.run(self.line, capture_output=True, text=True, timeout=limit)
            self.code, self.text = run.returncode, run.stderr.strip()
        except subprocess.TimeoutExpired:
            self.code, self.text = None, f"not done in {limit:g} s"
        self.accepted = self.code in (0, 3)
        self.wrong = []
        if self.code not in (0, 2, 3, 4):
            self.wrong.append(f"exit code {self.code}")
        if "internal" in self.text.lower():
            self.wrong.append("says internal")
        if self.accepted:
            self.wrong += not_finite(self.out) if self.out.exists() else ["no output"]
        else:
            if not self.text:
                self.wrong.append("refused without a word")
            self.wrong += [f"left behind {path.name}" for path in self.left()]

    def left(self):
        return list(self.out.parent.glob(f"{self.out.stem}.*"))

    def clear(self):
        for path in self.left():
            path.unlink()

    def message(self):
        """What a refusal says, without the place of the key and the folder of files."""
        return self.text.replace(f"{self.out.parent}/", "").splitlines()[-1].removeprefix("error: ").split(": ", 1)[-1] if self.text else ""
