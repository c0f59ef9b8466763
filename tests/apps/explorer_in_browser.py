"""The page of `muonphase explorer` in headless Chromium.

Usage: explorer_in_browser.py MUONPHASE SOURCE_FOLDER [--long]. Without --long: the page is written once, loads, and shows the
numbers of the command. With it: twenty random views against the command, presets, spectra, the map. Exit code 77 (skipped)
without Chromium.
"""
import csv
import hashlib
import json
import math
import os
import random
import subprocess
import sys
import tempfile

from chromium import CHROMIUM, Page

COMPUTED = '/Computed in/.test(document.getElementById("status")?.textContent) && !document.getElementById("results").classList.contains("stale")'


def command(muonphase, *arguments):
    return subprocess.run([muonphase, *arguments], capture_output=True, text=True)


def columns(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    return {name: [float(row[i]) for row in rows[1:]] for i, name in enumerate(rows[0])}


def ask(page, call, *arguments):
    return page.run(f"muonphaseExplorer.ask({json.dumps(call)}, {json.dumps(arguments)}).then((reply) => reply.answer)")


def difference(ours, theirs):
    """The largest relative difference; nothing where there is no number stands for none."""
    assert len(ours) == len(theirs), (len(ours), len(theirs))
    pairs = [(a, b) for a, b in zip(ours, theirs) if a is not None or not math.isnan(b)]
    return max(abs(a - b) / max(abs(b), 1e-300) if a != b else 0 for a, b in pairs)


def compare(muonphase, study, answer, folder):
    """How far the page's answer to a study is from what the command writes."""
    with open(os.path.join(folder, "study.toml"), "w", encoding="utf-8") as file:
        file.write(study)
    worst = 0
    for kind in ("ode", "coefficients"):
        result = os.path.join(folder, kind + ".h5")
        ran = command(muonphase, kind, os.path.join(folder, "study.toml"), "-o", result, "--force", "-q")
        assert ran.returncode == 0, (ran.stderr, study)
        tables = os.path.join(folder, kind)
        assert command(muonphase, "export", result, "--csv", tables, "--force", "-q").returncode == 0
        for curve in answer["curves"]:
            name = os.path.join(tables, curve["optimizer"])
            if kind == "ode":
                table = columns(name + ".step.csv")
                ours = {"step": "step", "risk": "risk", "learning_rate": "rate"}
            else:
                table = columns(name + ".mode_in.csv")
                ours = {"drift": "drift", "diffusion": "diffusion"}
            for theirs, mine in ours.items():
                worst = max(worst, difference(curve[mine], table[theirs]))
    return worst


def random_view(rng, names):
    """A view that makes sense: any two optimizers, sizes from 30 to 10^7, every policy."""
    inputs = round(float(f"{10 ** rng.uniform(1.5, 7):.2g}"))
    view = {"optimizers": rng.sample(names, 2), "alpha": round(rng.uniform(0.3, 2.5), 2), "beta": round(rng.uniform(0.8, 2.5), 2),
            "inputs": inputs, "shape": float(f"{10 ** rng.uniform(-1, 1):.3g}"), "batch": float(f"{10 ** rng.uniform(-2, 1):.3g}"),
            "steps": round(float(f"{10 ** rng.uniform(2, 4.5):.2g}")), "policy": rng.choice(["best", "best", "greedy"]),
            "noise": rng.choice([0, 0, 0.1])}
    if rng.random() < 0.2:
        view["batch"] = "Infinity"
    return view


def fragment(view):
    return "#" + "&".join(f"{key}={','.join(value) if isinstance(value, list) else value}" for key, value in view.items())


def shown_study(page, view):
    """Sets a view by its link, and waits for what is computed: the study on the page and its answer."""
    page.run(f"location.hash = {json.dumps(fragment(view))}; document.getElementById('status').textContent = ''")
    page.wait(f"({COMPUTED}) || !document.getElementById('problem-error').hidden", 400)
    refused = page.run("document.getElementById('problem-error').hidden ? '' : document.getElementById('problem-error').textContent")
    assert not refused, (refused, view)
    study = page.run("document.getElementById('study').textContent")
    return study, ask(page, "curves", study)


def check_command(muonphase, source):
    built = os.path.join(source, "explorer", "built")
    with open(os.path.join(built, "ORIGIN"), encoding="utf-8") as file:
        said = dict(reversed(line.split()) for line in file if len(line.split()) == 2 and len(line.split()[0]) == 64)
    for name, digest in said.items():
        with open(os.path.join(built, name), "rb") as file:
            assert hashlib.sha256(file.read()).hexdigest() == digest, f"explorer/built/{name} is not the one that ORIGIN says"
    assert command(muonphase, "explorer", "-o", "explorer.html").returncode == 0
    again = command(muonphase, "explorer", "-o", "explorer.html")
    assert again.returncode == 4 and "--force" in again.stderr, again
    assert command(muonphase, "explorer", "-o", "explorer.html", "--force", "-q").stdout == ""
    assert command(muonphase, "explorer", "--no-such-flag").returncode == 2
    assert command(muonphase, "explorer", "-o", "no/such/folder.html").returncode == 4
    size = os.path.getsize("explorer.html")
    assert size < 3e6, size
    text = open("explorer.html", encoding="utf-8").read()
    assert 'src="' not in text and "%SOLVER" not in text and "@import" not in text
    return size


def check_loads(muonphase):
    small = {"inputs": 100, "batch": 1, "steps": 100, "zoom": 1}
    with Page("explorer.html", fragment(small)) as page:
        page.wait(COMPUTED, 100)
        assert page.run("document.querySelectorAll('#risks canvas').length") == 1
        study = page.run("document.getElementById('study').textContent")
        assert "n_in = 100" in study and "signsvd = " in study, study
        worst = compare(muonphase, study, ask(page, "curves", study), ".")
        assert worst < 1e-10, worst
        assert not page.failures, page.failures


def check_random(muonphase, page):
    rng = random.Random(23)
    names = [one["name"] for one in ask(page, "optimizers")]
    worst = 0
    for number in range(20):
        view = random_view(rng, names)
        study, answer = shown_study(page, view)
        apart = compare(muonphase, study, answer, ".")
        print(f"view {number}: {fragment(view)}: {apart:.1e}", flush=True)
        worst = max(worst, apart)
        assert apart < 1e-10, (apart, study)
    print(f"largest relative difference of twenty studies: {worst:.1e}")


def check_presets(muonphase, page):
    count = page.run("document.querySelectorAll('#presets button').length")
    assert count >= 5, count
    for i in range(count):
        page.run(f"document.getElementById('status').textContent = ''; document.querySelectorAll('#presets button')[{i}].click()")
        page.wait(COMPUTED, 200)
        assert page.run(f"document.querySelectorAll('#presets button')[{i}].getAttribute('aria-pressed')") == "true"
        study = page.run("document.getElementById('study').textContent")
        answer = ask(page, "curves", study)
        assert compare(muonphase, study, answer, ".") < 1e-10, study
        # And the table shows these, rounded.
        shown = page.run("""[...[...document.querySelectorAll('#numbers tbody tr')].find((row) => row.textContent.startsWith('risk R'))
          .querySelectorAll('td')].map((cell) => Number(cell.textContent))""")
        assert difference(shown, [curve["risk"][-1] for curve in answer["curves"]]) < 1e-3, (shown, study)


def check_spectra(muonphase, page):
    with open("good.csv", "w", encoding="utf-8") as file:
        file.write("mode,eigenvalue\n" + "".join(f"{j},{j ** -1.25!r}\n" for j in range(1, 201)))
    page.run("document.getElementById('status').textContent = ''")
    page.give_file("#file", "good.csv")
    page.wait("/α = /.test(document.getElementById('spectrum').textContent)", 60)
    page.wait(COMPUTED, 60)
    said = page.run("document.getElementById('spectrum').textContent")
    assert "200 eigenvalues" in said and "α = 1.25" in said, said
    study = page.run("document.getElementById('study').textContent")
    assert 'path = "good.csv"' in study and "n_in = 200" in study, study
    assert compare(muonphase, study, ask(page, "curves", study), ".") < 1e-10

    with open("bad.txt", "w", encoding="utf-8") as file:
        file.write("1\n0.5\nnot a number\n")
    page.give_file("#file", "bad.txt")
    page.wait("/Not read/.test(document.getElementById('spectrum').textContent)", 60)
    said = page.run("document.getElementById('spectrum').textContent")
    assert "bad.txt" in said and "not a number" in said, said
    with open("noise.npy", "wb") as file:
        file.write(b"\x93NUMPY\x01\x00garbage")
    page.give_file("#file", "noise.npy")
    page.wait("/noise.npy/.test(document.getElementById('spectrum').textContent)", 60)
    assert "Not read" in page.run("document.getElementById('spectrum').textContent")
    _, answer = shown_study(page, {"alpha": 1.1, "inputs": 300, "batch": 1, "steps": 1000})
    assert len(answer["curves"]) == 2


def check_map(page):
    page.run("location.hash = '#inputs=1000'")
    page.wait("document.getElementById('knob-inputs').value === '1000' && document.getElementById('phase-map').dataset.milliseconds", 600)
    before = page.run("document.getElementById('knob-alpha').value")
    page.run("""(() => { const map = document.getElementById('phase-map'); map.focus();
      map.dispatchEvent(new KeyboardEvent('keydown', {key: 'ArrowRight', bubbles: true, cancelable: true})); })()""")
    after = page.run("document.getElementById('knob-alpha').value")
    assert abs(float(after) - float(before) - 0.1) < 1e-9, (before, after)
    page.run("""(() => { const box = document.querySelector('#phase-map svg').getBoundingClientRect();
      document.getElementById('phase-map').dispatchEvent(new MouseEvent('click', {clientX: box.left + 0.2 * box.width, clientY: box.top + 0.2 * box.height})); })()""")
    assert float(page.run("document.getElementById('knob-beta').value")) > 2
    print("map in", page.run("document.getElementById('phase-map').dataset.milliseconds"), "ms")


def main():
    if not CHROMIUM:
        print("skipped: no Chromium")
        sys.exit(77)
    muonphase, source = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        print("page of", check_command(muonphase, source), "bytes")
        if "--long" not in sys.argv:
            check_loads(muonphase)
        else:
            with Page("explorer.html", fragment({"inputs": 100, "steps": 100})) as page:
                page.wait(COMPUTED, 100)
                check_random(muonphase, page)
                check_presets(muonphase, page)
                check_spectra(muonphase, page)
                check_map(page)
                assert not page.failures, page.failures
        os.chdir("/")


main()
