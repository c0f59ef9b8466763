"""The Python module: the numbers of the command, arrays, errors, interruption."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

import muonphase

SMALL = """
[problem]
n_out = 8
n_in = 6
batch = 8
[run]
steps = 30
record = 8
[run.learning_rate]
signsvd = 0.01
signsgd = 0.001
[ode]
bases = 2
[simulate]
trials = 3
[phase]
alpha = {min = 0.0, max = 1.0, count = 2}
beta = {min = 0.0, max = 1.0, count = 3}
dimension = 40
horizons = {min = 1.0, max = 1e3, count = 4}
[imbalance]
steps = 40
record = 6
samples = 50
"""
KINDS = ["ode", "simulate", "validate", "coefficients", "phase", "imbalance"]


@pytest.fixture
def small():
    return muonphase.Study.loads(SMALL)


def arrays(group, prefix=""):
    """Every array of a result, by path."""
    out = {}
    for name in group:
        if isinstance(group[name], muonphase.Group):
            out.update(arrays(group[name], f"{prefix}{name}/"))
        else:
            out[prefix + name] = group[name]
    return out


@pytest.mark.parametrize("kind", KINDS)
def test_same_bits_as_the_command(kind, small, tmp_path):
    (tmp_path / "study.toml").write_text(SMALL)
    run = subprocess.run([os.environ["MUONPHASE_CLI"], kind, "study.toml", "-o", "out.h5", "-q"], cwd=tmp_path)
    assert run.returncode in (0, 3)
    result = getattr(muonphase, kind)(small, threads=1)
    if kind == "validate":
        assert result.agree == (run.returncode == 0)
    of_command = muonphase.load(tmp_path / "out.h5")
    assert of_command.kind == result.kind == kind
    assert of_command.study == result.study == small
    ours, theirs = arrays(result), arrays(of_command)
    assert list(ours) == list(theirs) and len(ours) > 5
    for path, values in ours.items():
        assert values.dtype == theirs[path].dtype and values.shape == theirs[path].shape, path
        assert values.tobytes() == theirs[path].tobytes(), path
        assert result.dims(path) == of_command.dims(path) and len(result.dims(path)) == values.ndim, path
        assert result.units(path) and result.long_name(path), path


def test_results_are_trees_of_arrays(small, tmp_path):
    result = muonphase.ode(small)
    svd = result["signsvd"]
    assert svd.step[0] == 0 and svd.step[-1] == 30 and svd.risk.shape == svd.step.shape == svd.learning_rate.shape
    assert np.all(svd.learning_rate == 0.01) and svd.risk[-1] < svd.risk[0]
    assert result["signsvd/risk"].tobytes() == svd.risk.tobytes()
    assert svd.dims("mode_energy") == ("step", "mode") and svd.mode_energy.shape == (len(svd.step), 6)
    assert svd.risk[0] == result["signsgd"].risk[0]
    assert "signsvd" in result and "adam" not in result and "risk" in dir(svd) and "risk" in repr(svd)
    with pytest.raises(KeyError, match="there are signsvd, signsgd"):
        result["adam"]
    with pytest.raises(AttributeError):
        svd.nothing
    with pytest.raises(ValueError):
        svd.risk[0] = 1
    result.save(tmp_path / "ode.h5")
    assert muonphase.load(tmp_path / "ode.h5")["signsvd"].risk.tobytes() == svd.risk.tobytes()
    with pytest.raises(OSError, match="is there already"):
        result.save(tmp_path / "ode.h5")
    result.save(tmp_path / "ode.h5", overwrite=True)
    (tmp_path / "study.toml").write_text("[run]\n")
    with pytest.raises(OSError, match="is kept"):
        result.save(tmp_path / "study.toml", overwrite=True)
    assert (tmp_path / "study.toml").read_text() == "[run]\n"
    assert muonphase.phase(small).phase.dtype == np.int64
    assert result.attrs["seed"] == 1 and result.attrs["muonphase_version"] == muonphase.__version__


def test_groups_have_their_attributes_computed_or_loaded(small, tmp_path):
    result = muonphase.coefficients(small)
    result.save(tmp_path / "c.h5")
    loaded = muonphase.load(tmp_path / "c.h5")
    assert result.signsvd.attrs["noise_coefficient"] > 0
    for name in result:
        if isinstance(result[name], muonphase.Group):
            assert repr(loaded[name].attrs) == repr(dict(sorted(result[name].attrs.items())))  # NaN is not itself
            assert "" not in list(loaded[name])
    assert {**loaded.attrs} == {**result.attrs}


def test_names_with_hyphens_are_attributes_too(small):
    study = small.replaced({"run.optimizers": ["spectral-power"], "run.learning_rate.spectral-power": 0.01})
    result = muonphase.ode(study)
    assert result.spectral_power.risk.tobytes() == result["spectral-power"].risk.tobytes()
    assert "spectral_power" in dir(result) and "spectral-power" in result and "spectral_power" not in result
    with pytest.raises(AttributeError, match="signsvd_power"):
        result.signsvd_power


def test_studies(tmp_path):
    tables = {
        "title": 'a "quoted" title',
        "problem": {"n_in": np.int64(7), "batch": "infinite", "input": {"alpha": 0.25}},
        "run": {"optimizers": ["sgd"], "learning_rate": {"sgd": {"policy": "power", "eta0": 0.5, "t0": 10, "gamma": 1.0}}},
        "imbalance": {"train_outer": True, "priors": np.array([0.75, 0.25])},
    }
    study = muonphase.Study.from_dict(tables)
    toml = study.to_toml()
    for line in ['title = "a \\"quoted\\" title"', "n_in = 7", 'batch = "infinite"', "alpha = 0.25",
                 'optimizers = ["sgd"]', "train_outer = true", "priors = [0.75, 0.25]"]:
        assert line in toml
    assert muonphase.Study.loads(toml) == study != muonphase.Study()
    assert eval(repr(study), {"Study": muonphase.Study}) == study
    assert "n_in = 9" in study.replaced({"problem.n_in": 9}).to_toml() and study.to_toml() == toml
    (tmp_path / "values.txt").write_text("2.0\n1.0\n")
    (tmp_path / "study.toml").write_text('[problem]\nn_in = 2\n[problem.input]\nspectrum = "file"\npath = "values.txt"\n')
    loaded = muonphase.Study.load(tmp_path / "study.toml", set={"problem.n_out": 3, "run.optimizers": ["signsvd"]})
    for study in (loaded, loaded.replaced({"problem.batch": 4})):
        assert list(muonphase.coefficients(study)["signsvd"].eigenvalue_in) == [2.0, 1.0]


def test_errors_carry_the_text_of_the_command(small, tmp_path):
    with pytest.raises(ValueError, match=r'study:2: unknown key problem\.n_inn; the nearest known key is problem\.n_in'):
        muonphase.Study.loads("[problem]\nn_inn = 3")
    with pytest.raises(ValueError, match="must be a list of signsvd, signsgd, sgd"):
        muonphase.ode(small.replaced({"run.optimizers": ["shampoo"], "run.learning_rate.shampoo": 0.1}))
    for compute in (muonphase.simulate, muonphase.validate):
        allowed = f'problem.batch = "infinite": must be a whole number for {compute.__name__}'
        with pytest.raises(ValueError, match=allowed):
            compute(small.replaced({"problem.batch": "infinite"}))
    with pytest.raises(OSError, match="nothing.toml: cannot read the study"):
        muonphase.Study.load(tmp_path / "nothing.toml")
    with pytest.raises(OSError, match="no such file"):
        muonphase.load(tmp_path / "nothing.h5")
    with pytest.raises(OSError, match="cannot be written"):
        muonphase.ode(small).save(tmp_path / "no" / "folder.h5")
    for threads in (0, -1, 1025, 40000, 10**6, 10**30, True, 1.0, 1.5, "2", [2], np.bool_(True), np.float64(2)):
        with pytest.raises(ValueError, match="must be a whole number from 1 to 1024"):
            muonphase.ode(small, threads=threads)
    assert muonphase.ode(small, threads=np.int64(1)).attrs["threads"] == 1
    with pytest.raises(TypeError):
        muonphase.ode("study.toml")
    with pytest.raises(ValueError):
        muonphase.Study.from_dict({"problem": {"n_in": None}})
    for make, what in ((lambda: muonphase.Study.from_dict(None), "made of a dictionary, not of NoneType"),
                       (lambda: muonphase.Study.from_dict({1: 2}), "1: keys of a study are strings"),
                       (lambda: muonphase.Study.loads(None), "is a string, not NoneType"),
                       (lambda: small.replaced(["problem.n_in=3"]), "keys are a dictionary.*, not list")):
        with pytest.raises(TypeError, match=what):
            make()
    with pytest.raises(KeyError, match="0: arrays and groups have names; there are signsvd"):
        muonphase.ode(small)[0]


@pytest.mark.parametrize("kind", [*KINDS, "tune"])
def test_loaded_results_have_a_brief(kind, small, tmp_path):
    study = small.replaced({"tune.batches": [8], "tune.horizons": 2})
    result = getattr(muonphase, kind)(study, threads=1)
    result.save(tmp_path / "r.h5")
    brief = muonphase.load(tmp_path / "r.h5").brief()
    assert brief.startswith(f"{kind} result of muonphase {muonphase.__version__}, 2"), brief
    assert brief.count("\n") > 1 and brief.endswith("\n"), brief
    if kind == "ode":
        first, last = result.signsvd.risk[[0, -1]]
        assert f"\nsignsvd: risk {first:.6g} → {last:.6g} in 30 steps\n" in brief
    if kind == "validate":
        assert "\node/signsvd: risk " in brief and "\nsimulate/signsgd: risk " in brief
    if kind == "phase":
        assert sum(int(part.split()[0]) for part in brief.splitlines()[1].split(", ")) == result.phase.size


def test_brief_of_what_was_lost_or_swept(small, tmp_path):
    def brief(keys):
        with pytest.warns(RuntimeWarning, match="ends there"):
            result = muonphase.ode(small.replaced(keys))
        result.save(tmp_path / "r.h5", overwrite=True)
        assert "diverged before step" in result.brief()
        return muonphase.load(tmp_path / "r.h5").brief()

    text = brief({"run.optimizers": ["signsvd", "sgd"], "run.learning_rate.sgd": 100.0, "run.steps": 100})
    assert "\nsgd: diverged before step " in text and " of 100 (risk " in text, text
    swept = muonphase.ode(small.replaced({"run.learning_rate.signsvd": [1e-3, 1e-2, 0.1]}))
    swept.save(tmp_path / "sweep.h5")
    assert "\nsignsvd: best of 3 rates at 30 steps: " in muonphase.load(tmp_path / "sweep.h5").brief()


def test_measure_takes_real_numbers_only():
    x = np.random.default_rng(1).normal(size=(40, 5))
    for bad, what in ((x + 1j, "x holds complex numbers"), (x.astype("datetime64[s]"), "x holds dates"),
                      (np.full((4, 2), "a"), "x holds text"), (np.full((4, 2), {}), "x holds what is no number")):
        with pytest.raises(ValueError, match=what):
            muonphase.measure(bad)
    with pytest.raises(ValueError, match="y holds complex numbers: must be real numbers"):
        muonphase.measure(x, x[:, :1] * 1j)
    with pytest.raises(ValueError, match="x has masked values"):
        muonphase.measure(np.ma.masked_greater(x, 1))
    for keys, what in (({"ridge": -1}, "ridge -1: must be"), ({"ridge": float("nan")}, "ridge nan"),
                       ({"ridge": "a"}, "ridge = 'a': must be"), ({"ranks": "1:3"}, "ranks = '1:3': must be two whole"),
                       ({"ranks": (1.5, 3)}, "must be two whole"), ({"ranks": (1,)}, "must be two whole")):
        with pytest.raises(ValueError, match=what):
            muonphase.measure(x, **keys)
    with pytest.raises(ValueError, match="too large: their squares are beyond 1e308"):
        muonphase.measure(x * 1e200)
    with pytest.raises(ValueError, match="so small that their squares are"):
        muonphase.measure(x * 1e-200)
    same = muonphase.measure(x.astype(object)).eigenvalue
    assert same.tobytes() == muonphase.measure(x).eigenvalue.tobytes()


def test_warnings(small):
    with pytest.warns(RuntimeWarning, match="sgd takes the greedy schedule") as seen:
        muonphase.ode(small.replaced({"run.optimizers": ["sgd"]}))
    assert seen[0].filename == __file__
    with pytest.warns(RuntimeWarning, match="too few positive values") as seen:
        muonphase.measure(np.eye(3))
    assert seen[0].filename == __file__


def test_progress(small):
    seen = []
    muonphase.simulate(small, progress=lambda *args: seen.append(args))
    what, unit, done, total = seen[-1]
    assert (what, unit) == ("simulate", "steps") and done == total > 0

    def fail(*_):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        muonphase.simulate(small, progress=fail)


LONG = {"run.steps": 10**8, "simulate.trials": 1}


def test_the_gil_is_released(small):
    ticks = []
    stop = threading.Event()

    def count():
        while not stop.wait(0.005):
            ticks.append(time.monotonic())

    thread = threading.Thread(target=count)
    thread.start()
    started = time.monotonic()
    muonphase.simulate(small.replaced({"run.steps": 2000}))
    ended = time.monotonic()
    stop.set()
    thread.join()
    during = [tick for tick in ticks if started < tick < ended]
    assert len(during) > 3


def test_ctrl_c_raises_keyboard_interrupt_and_leaves_python_whole():
    code = f"""
import muonphase, sys
study = muonphase.Study.loads({SMALL!r}, set={LONG!r})
print("ready", flush=True)
try:
    muonphase.simulate(study)
except KeyboardInterrupt:
    print(muonphase.simulate(study.replaced({{"run.steps": 10}}))["signsvd"].step[-1])
    sys.exit(7)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        try:
            assert process.communicate(timeout=30)[0] == "10.0\n"
            assert process.returncode == 7
        finally:
            process.kill()
