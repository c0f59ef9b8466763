"""Results open as they are in h5py and in xarray, by both engines, with named dimensions, units and long names.

Usage: open_results.py MUONPHASE. Exit code 77 (skipped) where the readers are not installed.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import h5netcdf  # noqa: F401
    import h5py
    import netCDF4  # noqa: F401
    import xarray
except ImportError as error:
    print("skipped:", error)
    sys.exit(77)

STUDY = """
title = "readers"
[problem]
n_out = 8
n_in = 6
batch = 8
[run]
steps = 50
record = 10
[run.learning_rate]
signsvd = 0.01
signsgd = [0.001, 0.01]
"""
SMALL_MAP = ["alpha.count=2", "beta.count=3", "horizons.count=4", "dimension=40"]

# file, group, variable, dimensions
EXPECTED = [
    ("ode.h5", "signsvd", "risk", ("step",)),
    ("ode.h5", "signsvd", "mode_energy", ("step", "mode")),
    ("ode.h5", "signsgd/sweep", "risk", ("learning_rate", "horizon")),
    ("ode.h5", "signsgd/sweep", "stability_edge", ()),
    ("coef.h5", "signsgd", "drift", ("mode_in",)),
    ("phase.h5", None, "log_risk_ratio", ("alpha", "beta", "horizon")),
    ("phase.h5", None, "phase", ("alpha", "beta")),
    ("phase.h5", None, "crossing_horizon", ("alpha", "beta")),
    ("phase.h5", "signsvd", "learning_rate", ("alpha", "beta", "horizon")),
    ("mc.h5", "signsvd", "risk_sem", ("step",)),
    ("mc.h5", "signsvd", "risk_trials", ("trial", "step")),
    ("validate.h5", "ode/signsvd", "risk", ("step",)),
    ("validate.h5", "simulate/signsvd", "risk_trials", ("trial", "step")),
    ("validate.h5", "signsvd", "log_ratio", ("step",)),
    ("imb.h5", None, "prior", ("class",)),
    ("imb.h5", "population/specgd", "component", ("step", "mode")),
    ("imb.h5", "population/gd", "class_loss", ("step", "class")),
]
ROOT = ["muonphase_version", "kind", "study", "command_line", "created", "git_commit", "seed", "ranks", "threads"]


def compute(muonphase):
    with open("study.toml", "w") as file:
        file.write(STUDY)
    sets = [flag for key in SMALL_MAP for flag in ("--set", "phase." + key)]
    one_rate = ["study.toml", "--set", "run.optimizers=['signsvd']", "--set", "simulate.trials=2"]
    for arguments in (["ode", "study.toml"], ["coefficients", "study.toml"], ["phase", *sets],
                      ["simulate", *one_rate, "-o", "mc.h5"], ["imbalance", "study.toml", "--set", "imbalance.steps=40"]):
        subprocess.run([muonphase, *arguments, "-q"], check=True)
    subprocess.run([muonphase, "validate", *one_rate, "--set", "validate.tolerance=10", "-q"], check=True)


def check(condition, *what):
    if not condition:
        sys.exit("failed: " + " ".join(map(str, what)))


def check_xarray(engine):
    for path, group, name, dims in EXPECTED:
        with xarray.open_dataset(path, engine=engine, group=group) as data:
            check(data[name].dims == dims, engine, path, group, name, data[name].dims)
            for variable in data.variables.values():
                check(variable.attrs["units"] and variable.attrs["long_name"], engine, path, group, variable.attrs)
    with xarray.open_dataset("phase.h5", engine=engine) as data:
        check(data["phase"].dtype == "uint8", engine, "phase is", data["phase"].dtype)
        check(data["phase"].attrs["flag_meanings"].split()[3] == "tradeoff", engine, "flag_meanings")
        check(list(data["phase"].attrs["flag_values"]) == [0, 1, 2, 3], engine, "flag_values")
        check(abs(float(data["alpha"][1]) - 2.6) < 1e-15, engine, "the alpha coordinate")
        for name in ROOT:
            check(name in data.attrs, engine, "root attribute", name)
        check('policy = "constant"' in data.attrs["study"], engine, "the study")


def check_h5py():
    for path, group, name, dims in EXPECTED:
        with h5py.File(path) as file:
            dataset = file[f"{group}/{name}" if group else name]
            # A scale goes by the name under which it was made.
            labels = tuple(dim[0].name.rsplit("/", 1)[1] for dim in dataset.dims)
            check(labels == dims, "h5py", path, group, name, labels)
            check(bytes(dataset.attrs["units"]).decode() != "", "h5py", "units are text")
    with h5py.File("ode.h5") as file:
        check(bytes(file.attrs["kind"]) == b"ode" and file.attrs["seed"] == 1, "h5py", dict(file.attrs))


def check_ncdump():
    if not shutil.which("ncdump"):
        return
    for path, group, name, dims in EXPECTED:
        header = subprocess.run(["ncdump", "-h", path], check=True, capture_output=True, text=True).stdout
        shape = f"({', '.join(dims)})" if dims else " "
        check(re.search(rf"\b{name}{re.escape(shape)}", header), "ncdump", path, group, name)
        check(f"{name}:units" in header and ":muonphase_version" in header, "ncdump", path, "attributes")


def main():
    muonphase = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        compute(muonphase)
        check_h5py()
        check_ncdump()
        check_xarray("netcdf4")
        check_xarray("h5netcdf")
        os.chdir("/")


main()
