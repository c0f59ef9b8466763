"""The HTML report in headless Chromium: cells are clicked and moved over, and what appears is read.

Usage: report_in_browser.py MUONPHASE. Exit code 77 (skipped) without Chromium.
"""
import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "</script><b id='evil'>\u2028&\"\\"
SETS = ["alpha.count=3", "alpha.max=2.0", "beta.count=4", "horizons.count=5", "dimension=60"]

# Runs after the page's own script, and leaves what it saw as text.
PROBE = """<script>
const seen = {title: document.title, evil: !!document.getElementById("evil"), cells: document.querySelectorAll("#map button").length,
  titles: [...document.querySelectorAll("#charts h2, #more h2")].map((e) => e.textContent),
  legends: [...document.querySelectorAll(".legend li")].map((e) => e.textContent), pictures: document.querySelectorAll("#more .picture").length,
  fills: [...document.querySelectorAll("#map button")].map((e) => e.style.background),
  marks: [...document.querySelectorAll("#map-picture .mark")].map((e) => e.textContent),
  lines: document.querySelectorAll("#map-picture path[stroke-linecap]").length,
  ticks: [...document.querySelectorAll("#map-picture .tick")].map((e) => e.textContent),
  swatches: Object.fromEntries([...document.querySelectorAll(".u-series")].filter((e) => e.querySelector(".swatch")).map((e) =>
    [e.querySelector(".u-label").textContent, [...e.querySelectorAll(".swatch > *")].map((n) => n.tagName + " " + (n.getAttribute("stroke") ?? n.getAttribute("fill")))])),
  table: [...document.querySelectorAll("#more th, #more td")].map((e) => e.textContent)};
const read = () => ({cell: document.getElementById("cell").textContent, charts: document.querySelectorAll("canvas").length,
  series: [...(document.querySelector(".chart") ?? document).querySelectorAll(".u-series .u-label")].map((e) => e.textContent),
  chosen: [...document.querySelectorAll("#map [aria-selected]")].map((e) => e.getAttribute("aria-label"))});
seen.first = read();
const cells = document.querySelectorAll("#map button");
if (cells.length) {
  cells[0].click(); seen.clicked = read();
  const key = (k) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", {key: k, bubbles: true, cancelable: true}));
  key("ArrowRight"); key("ArrowDown"); seen.moved = read();
  key("ArrowUp"); key("ArrowUp"); seen.edge = read();
}
const third = document.getElementById("third-value");
seen.third = [...third.options].map((o) => o.textContent);
if (seen.third.length) { third.selectedIndex = 1; third.dispatchEvent(new Event("change")); seen.other = read(); }
seen.study = document.getElementById("study").textContent;
seen.provenance = document.getElementById("provenance").textContent;
const out = document.createElement("pre"); out.id = "seen"; out.textContent = JSON.stringify(seen); document.body.append(out);
</script></body>"""


def look(page):
    text = open(page, encoding="utf-8").read()
    assert "http://" not in re.sub(r"http://www\.w3\.org|/\*.*?\*/", "", text) and "src=" not in text.split("<script id")[0]
    with open("probe.html", "w", encoding="utf-8") as file:
        file.write(text.replace("</body>", PROBE))
    dom = subprocess.run(
        [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + os.path.abspath("profile"),
         "--virtual-time-budget=2000", "--dump-dom", "file://" + os.path.abspath("probe.html")],
        capture_output=True, text=True, timeout=100).stdout
    found = re.search(r'<pre id="seen">(.*?)</pre>', dom, re.S)
    assert found, "the page's script failed:\n" + dom[-2000:]
    return json.loads(html.unescape(found.group(1)))


def main():
    if not CHROMIUM:
        print("skipped: no Chromium")
        sys.exit(77)
    muonphase = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)

        def run(*arguments):
            subprocess.run([muonphase, *arguments, "-q"], check=True)

        title = "title=" + json.dumps(HOSTILE)
        run("phase", "--set", title, *[flag for key in SETS for flag in ("--set", "phase." + key)])
        run("report", "phase.h5", "-o", "phase.html")
        seen = look("phase.html")
        assert seen["title"] == HOSTILE and not seen["evil"], seen
        assert seen["cells"] == 12 and seen["first"]["charts"] == 2, seen
        assert seen["first"]["series"][1:] == ["SignSVD", "SignSGD"], seen
        assert "0.5" in seen["ticks"] and seen["lines"] >= 4, seen  # predicted lines
        assert seen["clicked"]["cell"].startswith("α = 0, β = 3: "), seen["clicked"]
        assert len(seen["clicked"]["chosen"]) == 1 and seen["clicked"]["chosen"][0].startswith("alpha 0, beta 3:")
        assert "initial risk" in seen["clicked"]["cell"] and seen["clicked"]["charts"] == 2, seen["clicked"]
        assert seen["moved"]["cell"].startswith("α = 1, β = 2: "), seen["moved"]
        assert seen["edge"]["cell"].startswith("α = 1, β = 3: "), seen["edge"]
        assert "dimension = 60" in seen["study"] and "muonphase phase --set" in seen["provenance"], seen

        assert seen["third"] == [], seen
        run("phase", "-o", "third.h5", "--set", "phase.label_noise=[0, 3.0]",
            *[flag for key in SETS for flag in ("--set", "phase." + key)])
        run("report", "third.h5", "-o", "third.html")
        seen = look("third.html")
        assert seen["third"] == ["0", "3"], seen
        risks = [float(re.search(r"initial risk ([0-9.e+-]+)", seen[when]["cell"]).group(1)) for when in ("edge", "other")]
        assert seen["other"]["chosen"][0].startswith("alpha 1, beta 3:") and abs(risks[1] - risks[0] - 4.5) < 0.01, seen

        subprocess.run([muonphase, "init", "ode"], check=True, stdout=subprocess.DEVNULL)
        run("ode", "study.toml", "--set", "problem.n_in=8", "--set", "problem.n_out=8", "--set", "problem.batch=8",
            "--set", "run.steps=20")
        run("report", "ode.h5", "-o", "ode.html")
        seen = look("ode.html")
        assert seen["cells"] == 0 and seen["first"]["series"][1:] == ["SignSVD", "SignSGD"], seen
        assert seen["titles"] == ["n = 8, d = 8, B = 8, α = 1.4, β = 0.6"], seen

        small = [flag for key in ("n_in=8", "n_out=8", "batch=8") for flag in ("--set", "problem." + key)]
        subprocess.run([muonphase, "validate", "study.toml", "-q", "-o", "validate.h5", "--set", "run.steps=20", *small])
        run("report", "validate.h5", "-o", "validate.html")
        swatches = look("validate.html")["swatches"]
        blue, red = "rgb(0 114 178 / 1)", "rgb(213 94 0 / 1)"
        assert swatches["SignSVD, theory"] == ["path " + blue] and swatches["SignSGD, theory"] == ["path " + red], swatches
        # A band and markers: training is not drawn as theory is.
        assert [s.split()[0] for s in swatches["SignSVD, Monte Carlo ± 2 s.e."]] == ["rect", "path"], swatches

        run("ode", "study.toml", "-o", "sweep.h5", "--set", "run.steps=20", "--set", "run.learning_rate.signsvd=[0.001, 0.01, 0.1]",
            "--set", "run.learning_rate.signsgd=[0.001, 0.01, 0.1]", "--set", "ode.closure=linear", *small)
        run("report", "sweep.h5", "-o", "sweep.html")
        seen = look("sweep.html")
        assert "best rate" in seen["swatches"] and "stability edge" in seen["legends"], seen

        run("coefficients", "study.toml", *small, "-o", "drift.h5")
        run("report", "drift.h5", "-o", "drift.html")
        assert look("drift.html")["first"]["series"][1:] == ["SignSVD", "SignSGD", "slope λ¹⁄²", "slope λ"], look("drift.html")
        run("imbalance", "--set", "imbalance.steps=40", "study.toml", "-o", "imbalance.h5")
        run("report", "imbalance.h5", "-o", "imbalance.html")
        seen = look("imbalance.html")
        for name in ("theory", "training on population moments", "optimum", "class 1, p = 0.55", "class 4, p = 0.07"):
            assert name in seen["legends"], seen["legends"]
        assert "SpecGD" in seen["swatches"], seen

        # Signum and SignSGD have colours of their own, and predictions of another pair are not drawn.
        run("phase", "-o", "pair.h5", "--set", 'phase.compare=["signum", "signsgd"]',
            *[flag for key in SETS for flag in ("--set", "phase." + key)])
        run("report", "pair.h5", "-o", "pair.html")
        seen = look("pair.html")
        assert {"Signum favoured", "SignSGD favoured"} <= set(seen["legends"]) and seen["first"]["series"][1:] == ["Signum", "SignSGD"], seen
        assert not any("predicted" in name for name in seen["legends"]), seen

        run("phase", "-o", "more.h5", "--refine", "1", "--scaling", "--compute-optimal", "--set", "phase.yardstick=true",
            "--set", "phase.scaling.dimension.max=1e6", "--set", "phase.scaling.dimension.count=3", "--set", "phase.scaling.tau.count=2",
            "--set", "phase.compute.dimension.max=1e4", "--set", "phase.compute.dimension.count=4", "--set", "phase.alpha.count=4",
            "--set", "phase.beta.count=4", "--set", "phase.horizons.count=8")
        run("report", "more.h5", "-o", "more.html")
        seen = look("more.html")
        assert seen["pictures"] == 5 and "crossing horizon T" in seen["legends"], seen  # refined; three classes; whose risk falls faster
        assert {"wsd", "constant"} <= set(seen["table"]) and "wsd, median" in seen["swatches"], seen["table"]
        assert any("10" in mark for mark in seen["marks"]), seen["marks"]  # values of the contours
        os.chdir("/")


main()
