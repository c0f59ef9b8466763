"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const at = (id) => document.getElementById(id);
  const make = (tag, text) => Object.assign(document.createElement(tag), { textContent: text });
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const short = (x) => (x === null ? "none" : Number(x.toPrecision(4)).toString());

  document.title = data.title || "muonphase report";
  at("title").textContent = data.title || "muonphase report";
  at("subtitle").textContent = `${data.kind} result of muonphase ${data.provenance.muonphase_version}`;
  at("study").textContent = data.study;
  for (const [name, value] of Object.entries(data.provenance)) at("provenance").append(make("dt", name), make("dd", value));

  // A chart is {title, x, y, curves: [{name, color, dashed, x, y}]}; a curve has its own x, so they are joined. Axes are
  // logarithmic unless something is negative; what has no logarithm is left out.
  const palette = ["#2f6fb3", "#d98324", "#4f9d69", "#8e5bb5", "#b5485b", "#3f8f8f", "#7a7a2a", "#888888"];
  const colorOf = (name, i) => (["signsvd", "signsgd"].includes(name) ? color("--" + name) : palette[(i + 2) % palette.length]);
  // Decades on a logarithmic axis that spans several, every so many where they crowd; else what uPlot proposes.
  const superscript = (n) => [...String(n)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
  const decadeOf = (v) => Math.abs(Math.log10(v) - Math.round(Math.log10(v))) < 1e-9;
  function ticksOf(splits) {
    const decades = splits.filter((v) => v > 0 && decadeOf(v)).map((v) => Math.round(Math.log10(v)));
    if (decades.length < 2) return splits.map((v, i) => (splits.length < 10 || i % 2 === 0 ? v : null));
    const stride = Math.ceil(decades.length / 9);
    return splits.map((v) => (v > 0 && decadeOf(v) && Math.round(Math.log10(v)) % stride === 0 ? v : null));
  }
  const label = (v) => (v === null ? null : v > 0 && decadeOf(v) && (v >= 1e4 || v <= 1e-3)
    ? "10" + superscript(Math.round(Math.log10(v))) : short(v));
  const axisOf = (title, logarithmic) => {
    const decades = logarithmic ? { filter: (_, splits) => ticksOf(splits) } : {};
    return { label: title, stroke: color("--text"), grid: { stroke: color("--line"), width: 1, ...decades },
      ticks: { stroke: color("--line"), ...decades }, ...decades, values: (_, splits) => splits.map(label) };
  };
  const drawn = [];
  function draw(chart) {
    const section = document.createElement("section"), holder = document.createElement("div");
    holder.className = "chart";
    section.append(make("h2", chart.title), holder);
    at("charts").append(section);
    const linear = chart.curves.some((curve) => curve.y.some((v) => v !== null && v < 0));
    const shown = (v) => (v !== null && (linear || v > 0) ? v : null);
    const kept = chart.curves.map((curve) => {
      const rows = curve.x.map((x, i) => [x, shown(curve.y[i])]).filter(([x]) => x > 0);
      return [rows.map((row) => row[0]), rows.map((row) => row[1])];
    });
    if (!kept.some(([, y]) => y.some((v) => v !== null))) return void holder.append(make("p", "Nothing to draw."));
    const value = (_, v) => (v == null ? "" : short(v));
    drawn.push(new uPlot({
      width: holder.clientWidth, height: 320,
      scales: { x: { time: false, distr: 3 }, y: { distr: linear ? 1 : 3 } },
      axes: [axisOf(chart.x, true), { ...axisOf(chart.y, !linear), size: 80 }],
      series: [{ label: chart.x, value }, ...chart.curves.map((curve, i) => ({
        label: curve.name, stroke: colorOf(curve.color, i), width: 2, dash: curve.dashed ? [6, 4] : undefined,
        spanGaps: true, value }))],
    }, uPlot.join(kept), holder));
  }
  function drawAll(list) {
    drawn.splice(0).forEach((chart) => chart.destroy());
    at("charts").replaceChildren();
    list.forEach(draw);
  }

  let show = () => {};
  if (data.map) {
    const map = data.map, columns = map.alpha.length, rows = map.beta.length;
    at("map-section").hidden = false;
    at("map").style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
    // With a third axis every array has it as its first dimension.
    let slice = 0, place = [Math.floor(columns / 2), Math.floor(rows / 4)];
    const here = (values) => (map.third ? values[slice] : values);
    const buttons = [];
    for (let j = rows - 1; j >= 0; --j) {
      const row = document.createElement("div");
      row.setAttribute("role", "row");
      for (let i = 0; i < columns; ++i) {
        const button = document.createElement("button");
        button.setAttribute("role", "gridcell");
        button.tabIndex = -1;
        button.addEventListener("click", () => select(i, j, true));
        buttons[i * rows + j] = button;
        row.append(button);
      }
      at("map").append(row);
    }
    function paint() {
      const phase = here(map.phase);
      buttons.forEach((button, index) => {
        const i = Math.floor(index / rows), j = index % rows;
        button.dataset.phase = phase[i][j];
        button.title = `alpha ${short(map.alpha[i])}, beta ${short(map.beta[j])}: ${map.meanings[phase[i][j]]}`;
        button.setAttribute("aria-label", button.title);
      });
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
    const ends = (id, values) => { at(id).prepend(make("span", short(values[0]))); at(id).append(make("span", short(values.at(-1)))); };
    ends("alpha-label", map.alpha);
    ends("beta-label", map.beta);
    map.meanings.forEach((meaning, k) => {
      const item = document.createElement("li"), swatch = document.createElement("i");
      swatch.style.background = `var(--${["none", "signsgd", "signsvd", "tradeoff"][k]})`;
      item.append(swatch, document.createTextNode(meaning));
      at("legend").append(item);
    });
    let chosen = null;
    function select(i, j, focus) {
      place = [i, j];
      if (chosen) { chosen.tabIndex = -1; chosen.removeAttribute("aria-selected"); }
      chosen = buttons[i * rows + j];
      chosen.tabIndex = 0;
      chosen.setAttribute("aria-selected", "true");
      if (focus) chosen.focus();
      at("cell").textContent = `α = ${short(map.alpha[i])}, β = ${short(map.beta[j])}: ${map.meanings[here(map.phase)[i][j]]}; ` +
        `initial risk ${short(here(map.initial_risk)[i][j])}, crossing horizon ${short(here(map.crossing_horizon)[i][j])}.`;
      show = () => {
        const of = (title, what) => ({ title, x: "horizon", y: title.toLowerCase(), curves: map.optimizers.map(
          (o) => ({ name: o.name, color: o.name, dashed: false, x: map.horizon, y: here(o[what])[i][j] })) });
        drawAll([of("Risk", "risk"), of("Learning rate", "learning_rate")]);
      };
      show();
    }
    at("map").addEventListener("keydown", (event) => {
      const move = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      const index = buttons.indexOf(document.activeElement);
      if (!move || index < 0) return;
      event.preventDefault();
      const clamp = (v, n) => Math.min(Math.max(v, 0), n - 1);
      select(clamp(Math.floor(index / rows) + move[0], columns), clamp((index % rows) + move[1], rows), true);
    });
    select(...place, false);
  } else {
    show = () => drawAll(data.charts);
    show();
  }
  let pending = 0;
  const redraw = () => { clearTimeout(pending); pending = setTimeout(() => show(), 100); };
  window.addEventListener("resize", redraw);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
})();
