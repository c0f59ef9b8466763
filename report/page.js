"use strict";
(() => {
  const { make, dark, margin, short, compact, legendList, mapPicture, drawFigure, table, clear } = Drawing;
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);

  document.title = data.title || "muonphase report";
  at("title").textContent = document.title;
  at("subtitle").textContent = `${data.kind} result of muonphase ${data.provenance.muonphase_version}`;
  at("study").textContent = data.study;
  for (const [name, value] of Object.entries(data.provenance)) at("provenance").append(make("dt", name), make("dd", value));

  if (data.advice) {
    at("advice-section").hidden = false;
    at("advice").textContent = data.advice;
  }

  let showCell = () => {};
  const interactive = data.map ? data.figures.shift() : null;
  if (data.map) {
    const map = data.map, columns = map.alpha.length, rows = map.beta.length;
    at("map-section").hidden = false;
    at("map-subtitle").textContent = interactive.subtitle;
    at("map").style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    // With a third axis every array has it as its first dimension, and every value of it has its panel.
    let slice = 0, place = [Math.floor(columns / 2), Math.floor(rows / 4)];
    const here = (values) => (map.third ? values[slice] : values);
    const buttons = [];
    for (let j = rows - 1; j >= 0; --j) {
      const row = make("div");
      row.setAttribute("role", "row");
      for (let i = 0; i < columns; ++i) {
        const button = make("button");
        button.setAttribute("role", "gridcell");
        button.tabIndex = -1;
        button.addEventListener("click", () => select(i, j, true));
        buttons[i * rows + j] = button;
        row.append(button);
      }
      at("map").append(row);
    }
    const width = 640, height = 500;
    Object.entries({ left: margin.left, right: margin.right }).forEach(([side, size]) => { at("map").style[side] = `${100 * size / (width + margin.left + margin.right)}%`; });
    Object.entries({ top: margin.top, bottom: margin.bottom }).forEach(([side, size]) => { at("map").style[side] = `${100 * size / (height + margin.top + margin.bottom)}%`; });
    function paint() {
      const phase = here(map.phase), panel = interactive.panels[slice];
      buttons.forEach((button, index) => {
        const i = Math.floor(index / rows), j = index % rows;
        button.style.background = panel.cells.rgb[i][j];
        button.title = `alpha ${short(map.alpha[i])}, beta ${short(map.beta[j])}: ${map.meanings[phase[i][j]]}`;
        button.setAttribute("aria-label", button.title);
      });
      const axes = { ...panel, x: { ...panel.x, label: "data exponent α" }, y: { ...panel.y, label: "target exponent β" } };
      at("map-picture").replaceChildren(mapPicture(axes, width, height, true));
      const used = interactive.legend.filter((entry) => entry.fill || panel.series.some((s) => s.legend === entry.text));
      at("legend").replaceWith(Object.assign(legendList(used.map((entry) => ({ ...entry, area: true }))), { id: "legend" }));
    }
    paint();
    if (map.third) {
      at("third").hidden = false;
      at("third-name").textContent = map.third.name;
      map.third.values.forEach((value) => at("third-value").append(make("option", value === null ? "infinite" : short(value))));
      at("third-value").addEventListener("change", (event) => {
        slice = event.target.selectedIndex;
        paint();
        select(...place, false);
      });
    }
    let chosen = null;
    function select(i, j, focus) {
      place = [i, j];
      if (chosen) { chosen.tabIndex = -1; chosen.removeAttribute("aria-selected"); }
      chosen = buttons[i * rows + j];
      chosen.tabIndex = 0;
      chosen.setAttribute("aria-selected", "true");
      if (focus) chosen.focus();
      at("cell").textContent = `α = ${short(map.alpha[i])}, β = ${short(map.beta[j])}: ${map.meanings[here(map.phase)[i][j]]}; ` +
        `initial risk ${short(here(map.initial_risk)[i][j])}, crossing ${map.axis_name.split(" ")[0]} ${short(here(map.crossing)[i][j])}` +
        (map.cut ? `, accuracies below ${short(here(map.cut)[i][j])} do not count.` : ".");
      showCell = () => {
        const axis = (label, values) => {
          const positive = values.filter((v) => v > 0 && Number.isFinite(v)), low = Math.min(...positive), high = Math.max(...positive);
          return { label, log: true, min: low / (high > low ? 1.1 : 2), max: high * (high > low ? 1.1 : 2), zero: null, first: low, categories: [] };
        };
        const styleOf = (o) => ({ color: o.color, opacity: 1, width: 1.2, dash: [], marker: "none", size: 3 });
        const of = (heading, label, what) => drawFigure({ heading, columns: 1,
          legend: map.optimizers.map((o) => ({ text: o.name, line: styleOf(o) })),
          panels: [{ title: "", width: 2, height: 1, marks: [], x: axis(map.axis_name, map.axis),
            y: axis(label, map.optimizers.flatMap((o) => here(o[what])[i][j])),
            series: map.optimizers.map((o) => ({ kind: "line", x: map.axis, y: here(o[what])[i][j], upper: [], style: styleOf(o), legend: o.name })) }] }, at("charts"));
        of(map.compared_heading, map.compared_name, "compared");
        of("Learning rate of the cell", "learning rate η", "learning_rate");
      };
    }
    at("map").addEventListener("keydown", (event) => {
      const move = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      const index = buttons.indexOf(document.activeElement);
      if (!move || index < 0) return;
      event.preventDefault();
      const clamp = (v, n) => Math.min(Math.max(v, 0), n - 1);
      select(clamp(Math.floor(index / rows) + move[0], columns), clamp((index % rows) + move[1], rows), true);
      showAll();
    });
    at("map").addEventListener("click", () => showAll());
    at("third-value").addEventListener("change", () => showAll());
    select(...place, false);
  }
  function showAll() {
    clear();
    at("charts").replaceChildren();
    at("more").replaceChildren();
    showCell();
    for (const figure of data.figures) {
      drawFigure(figure, at("more"));
      if (figure.panels.some((panel) => panel.series.some((s) => s.legend.endsWith(", 90 % of cells"))))
        for (const panel of figure.panels) {  // policies: medians, and what 90 % of cells keep to
          const pairs = panel.series.filter((_, k) => k % 2 === 0).map((s, k) => [s, panel.series[2 * k + 1]]);
          table(`${panel.title}: risk over that of the optimal schedule, median of the cells (90 % of them)`,
            ["policy", ...pairs[0][0].x.map((t) => `T = ${compact(t)}`)],
            pairs.map(([half, most]) => [half.legend.replace(", median", ""), ...half.y.map((v, i) => `${compact(v)} (${compact(most.y[i])})`)]), at("more"));
        }
    }
    const verify = data.map?.verify;
    if (verify)
      table("Cells tested by training: ln of the ratio of risks", ["α", "β", "T", "predicted", "trained ± 2 s.e.", "verdict"], verify.alpha.map((_, i) => [
        short(verify.alpha[i]), short(verify.beta[i]), short(verify.horizon[i]), short(verify.predicted_log_ratio[i]),
        `${short(verify.log_ratio[i])} ± ${short(2 * verify.log_ratio_sem[i])}`, verify.verdict_holds[i] ? "holds" : "fails"]), at("more"));
  }
  showAll();
  let pending = 0;
  const redraw = () => { clearTimeout(pending); pending = setTimeout(showAll, 100); };
  window.addEventListener("resize", redraw);
  dark.addEventListener("change", redraw);
})();
