"""What notebooks use: figures, xarray, HTML, the explorer."""

import os
import re
import stat
import xml.etree.ElementTree as xml

import numpy as np
import pytest

import muonphase
from muonphase import explorer
from test_muonphase import KINDS, SMALL

xarray = pytest.importorskip("xarray")
matplotlib = pytest.importorskip("matplotlib")
matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # one study for every command


@pytest.fixture(scope="module")
def results():
    study = muonphase.Study.loads(SMALL, set={"tune.batches": [4], "tune.horizons": 2, "ode.bases": 1})
    made = {kind: getattr(muonphase, kind)(study, threads=1) for kind in [*KINDS, "tune"]}
    x = np.random.default_rng(1).normal(size=(300, 12)) * np.arange(1, 13) ** -0.7
    made["measure"] = muonphase.measure(x, x[:, :2], threads=1)
    made["sweep"] = muonphase.ode(study.replaced({"run.learning_rate.signsvd": [1e-3, 1e-2], "ode.closure": "linear"}))
    return made


def test_colours_are_those_of_the_registry(results):
    table = {o["name"]: o for o in muonphase.optimizers()}
    assert len({o["color"] for o in table.values()}) == len(table)
    axes = results["ode"].plot()
    lines = {line.get_label(): line for line in axes.get_lines()}
    for name in ("signsvd", "signsgd"):
        line = lines[table[name]["label"]]
        assert line.get_color() == table[name]["color"]
        assert np.array_equal(line.get_ydata(), results["ode"][name].risk)
    assert axes.get_yscale() == "log" and axes.get_xlabel() == "step"


def test_every_kind_has_a_figure(results):
    import matplotlib.pyplot as plt
    panels = {"validate": 2, "coefficients": 2, "measure": 2, "imbalance": 2, "sweep": 2}
    for kind, result in results.items():
        axes = np.ravel(result.plot())
        assert len(axes) == panels.get(kind, 1), kind
        assert all(ax.has_data() and ax.get_ylabel() for ax in axes), kind
        ax = plt.figure().add_subplot()
        assert result.plot(ax) is ax and ax.has_data() and ax.get_ylabel() == axes[0].get_ylabel(), kind
        plt.close("all")


def test_phase_diagram_has_its_predictions_where_they_hold(results):
    names = results["phase"].plot().get_legend_handles_labels()[1]
    assert [name for name in names if name.startswith("predicted")]
    pale = muonphase.phase(muonphase.Study.loads(SMALL, set={"phase.batch_ratio": 1}), threads=1)
    assert not [name for name in pale.plot().get_legend_handles_labels()[1] if name.startswith("predicted")]
    matplotlib.pyplot.close("all")


def test_xarray_keeps_names_and_units(results, tmp_path):
    for kind, result in results.items():
        tree = result.to_xarray()
        datasets = tree if isinstance(tree, dict) else {node.path: node.to_dataset() for node in tree.subtree}
        assert datasets["/"].attrs["kind"] == result.kind
        count = 0
        for path, dataset in datasets.items():
            group = result if path == "/" else result[path]
            arrays = [name for name in group if isinstance(group[name], np.ndarray)]
            for name in arrays:
                variable = dataset[name]
                assert variable.dims == group.dims(name), (kind, path, name)
                assert np.array_equal(variable.values, group[name], equal_nan=variable.dtype.kind == "f")
                assert variable.attrs == {"units": group.units(name), "long_name": group.long_name(name)}
                count += 1
        assert count > 4, kind
    phase = results["phase"].to_xarray()
    root = phase if not isinstance(phase, dict) else phase["/"]
    assert root["phase"].sel(alpha=1.0, method="nearest").sizes == {"beta": 3}
    risk = phase["/signsvd"]["risk"]
    assert risk.sel(beta=0.5).coords["horizon"].size == 4


def test_html_is_a_table_and_a_picture(results):
    for kind, result in results.items():
        page = result._repr_html_()
        tree = xml.fromstring(page)  # well-formed
        assert result.kind in page and tree.findall(".//tr"), kind
        if kind not in ("tune", "sweep"):
            assert tree.find(".//svg") is not None, kind
        assert len(page) < 20000
    assert len(re.findall("<polyline", results["ode"]._repr_html_())) == 2


def test_explorer(monkeypatch, tmp_path):
    command = tmp_path / "muonphase"
    monkeypatch.setenv("MUONPHASE_CLI", str(command))
    command.write_text('#!/bin/sh\n[ "$1 $2" = "explorer -o" ] && printf "<p>the page</p>" > "$3"\n')
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    shown = muonphase.explore(height=400)
    assert "srcdoc='&lt;p&gt;the page&lt;/p&gt;'" in shown._repr_html_() and "'400'" in shown._repr_html_()
    command.write_text("#!/bin/sh\necho 'error: this build has no explorer' >&2\nexit 2\n")
    with pytest.raises(RuntimeError, match="explorer: error: this build has no explorer"):
        muonphase.explore()


def test_explorer_without_a_command(monkeypatch):
    monkeypatch.delenv("MUONPHASE_CLI", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(os.path, "isfile", lambda path: False)
    assert explorer._command() is None
    with pytest.raises(RuntimeError, match="needs the command muonphase"):
        muonphase.explore()
