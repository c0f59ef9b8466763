"use strict";
// Draws figures as the data have them: {title, subtitle, columns, legend, panels}; curves by uPlot, cells as SVG.
const Drawing = (() => {
  const make = (tag, text, name) => Object.assign(document.createElement(tag), { textContent: text ?? "", className: name ?? "" });
  const draw = (parent, tag, attributes, text) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    if (text !== undefined) node.textContent = text;
    return parent.appendChild(node);
  };
  const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const short = (x) => (x === null || x === undefined ? "none" : Number(x.toPrecision(4)).toString());
  const compact = (x) => (Math.abs(x) >= 1e5 ? x.toExponential(1).replace("+", "") : short(x));

  // The colours are those of the figures; on a dark page the dark ones are mixed with white.
  function shade(color, opacity = 1) {
    let rgb = [1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16));
    const luma = 0.3 * rgb[0] + 0.59 * rgb[1] + 0.11 * rgb[2];
    if (dark.matches && luma < 150) rgb = rgb.map((v) => Math.round(v + (255 - v) * (0.62 - luma / 260)));
    return `rgb(${rgb.join(" ")} / ${opacity})`;
  }
  const shadeOf = (style) => shade(style.color, style.opacity);

  // Ticks as [position, label]; an empty label is a minor tick.
  const superscript = (n) => [...String(n)].map((c) => (c === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[c])).join("");
  function ticksOf(axis, most) {
    if (axis.categories.length) return axis.categories.map((name, i) => [i + 0.5, name]);
    const ticks = [];
    if (!axis.log) {
      const raw = (axis.max - axis.min) / most, decade = 10 ** Math.floor(Math.log10(raw));
      const step = decade * [1, 2, 5, 10].find((m) => m * decade >= raw * (1 - 1e-9));
      for (let k = Math.ceil(axis.min / step - 1e-9); k * step <= axis.max + 1e-9 * step; ++k) ticks.push([k * step, short(k * step)]);
      return ticks;
    }
    if (axis.zero !== null) ticks.push([axis.zero, "0"]);
    const low = (axis.zero === null ? axis.min : axis.first) * (1 - 1e-9), high = axis.max * (1 + 1e-9);
    const first = Math.floor(Math.log10(low)), last = Math.floor(Math.log10(high));
    const few = last - Math.ceil(Math.log10(low)) < 1, stride = Math.ceil((last - first + 1) / most);
    for (let k = first; k <= last; ++k)
      for (let m = 1; m < 10; ++m) {
        const value = m * 10 ** k;
        if (value < low || value > high || (m > 1 && last - first > 2 * most)) continue;
        const power = k >= 4 || k <= -3 ? "10" + superscript(k) : short(value);
        ticks.push([value, few ? ([1, 2, 5].includes(m) || high < 2.5 * low ? short(value) : "") : m === 1 && k % stride === 0 ? power : ""]);
      }
    return ticks;
  }
  const placed = (axis, v) => (v === null ? null : !axis.log || v > 0 ? v : v === 0 ? axis.zero : null);

  const dashOf = (style, scale) => style.dash.map((d) => d * scale);
  function swatch(entry) {
    const svg = draw(document.createDocumentFragment(), "svg", { width: 30, height: 14, class: "swatch", "aria-hidden": true });
    if (entry.fill) draw(svg, "rect", { x: 0, y: 2, width: 30, height: 10, fill: entry.area ? entry.fill.color : shadeOf(entry.fill) });
    if (entry.line) draw(svg, "path", { d: "M0 7H30", stroke: shadeOf(entry.line), "stroke-width": 2, "stroke-dasharray": dashOf(entry.line, 1).join(" ") });
    if (entry.marker) draw(svg, "path", { d: markerPath(entry.marker.marker, 15, 7, 4), stroke: shadeOf(entry.marker), fill: hollow(entry.marker) ? "none" : shadeOf(entry.marker), "stroke-width": 1.5 });
    return svg;
  }
  const hollow = (style) => style.marker.startsWith("open") || style.marker === "cross";
  const markerPath = (kind, x, y, r) => kind === "cross" ? `M${x - r} ${y - r}L${x + r} ${y + r}M${x - r} ${y + r}L${x + r} ${y - r}`
    : kind.endsWith("circle") ? `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0`
    : kind === "open square" ? `M${x - r} ${y - r}h${2 * r}v${2 * r}h${-2 * r}z`
    : kind === "diamond" ? `M${x} ${y - r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z` : `M${x - r} ${y + r}h${2 * r}l${-r} ${-2 * r}z`;
  function legendList(entries) {
    const list = make("ul", "", "legend");
    for (const entry of entries) {
      const item = make("li");
      item.append(swatch(entry), document.createTextNode(entry.text));
      list.append(item);
    }
    return list;
  }

  // What uPlot does not draw of a panel: markers, lines across it, words. Pixels of the canvas are finer than those of the page.
  function drawRest(chart, panel) {
    const pixels = devicePixelRatio, context = chart.ctx, box = chart.bbox;
    const toX = (v) => chart.valToPos(placed(panel.x, v), "x", true), toY = (v) => chart.valToPos(placed(panel.y, v), "y", true);
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    for (const series of panel.series) {
      context.strokeStyle = context.fillStyle = shadeOf(series.style);
      context.lineWidth = 1.3 * pixels * (series.kind === "points" ? 1 : series.style.width);
      context.setLineDash(series.kind === "points" ? [] : dashOf(series.style, pixels));
      const path = new Path2D(series.kind === "vertical" ? series.x.map((v) => `M${toX(v)} ${box.top}v${box.height}`).join("")
        : series.kind === "horizontal" ? series.y.map((v) => `M${box.left} ${toY(v)}h${box.width}`).join("")
        : series.kind !== "points" ? "" : series.x.map((v, i) => placed(panel.x, v) === null || placed(panel.y, series.y[i]) === null ? ""
          : markerPath(series.style.marker, toX(v), toY(series.y[i]), 0.9 * pixels * series.style.size)).join(""));
      context.stroke(path);
      if (series.kind === "points" && !hollow(series.style)) context.fill(path);
    }
    context.textAlign = "center";
    context.textBaseline = "middle";
    for (const mark of panel.marks) {
      context.font = `${1.5 * mark.size * pixels}px system-ui, sans-serif`;
      context.lineWidth = 4 * pixels;
      context.strokeStyle = css("--back");
      context.fillStyle = shade(mark.color);
      context.setLineDash([]);
      context.strokeText(mark.text, toX(mark.x), toY(mark.y));
      context.fillText(mark.text, toX(mark.x), toY(mark.y));
    }
    context.restore();
  }

  const drawn = [];
  const clear = () => drawn.splice(0).forEach((chart) => chart.destroy());
  function drawCurves(holder, panel, legend, xLabel) {
    const tables = [], series = [{ label: xLabel }], bands = [], shown = [true];
    const add = (s, y, options) => {
      const rows = s.x.map((x, i) => [placed(panel.x, x), placed(panel.y, y[i])]).filter(([x]) => x !== null);
      rows.sort((a, b) => a[0] - b[0]);
      tables.push([rows.map((row) => row[0]), rows.map((row) => row[1])]);
      series.push(options);
      // Of several things with one name the last stands for all.
      if (options.label) series.forEach((other, i) => { if (i > 0 && i + 1 < series.length && other.label === options.label) shown[i] = false; });
      shown.push(Boolean(options.label));
    };
    const plain = { points: { show: false }, width: 0, stroke: "transparent" };
    for (const s of panel.series) {
      if (s.kind === "vertical" || s.kind === "horizontal") continue;
      const own = { label: s.legend, value: (_, v) => (v == null ? "" : short(v)) };
      if (s.kind === "line")
        add(s, s.y, { ...own, stroke: shadeOf(s.style), width: 1.5 * s.style.width, dash: dashOf(s.style, 1), points: { show: false } });
      else if (s.kind === "points")
        add(s, s.y, { ...own, ...plain });
      else {
        const inside = (v) => (v === null ? null : Math.min(Math.max(v, panel.y.min), panel.y.max));
        add(s, s.upper.map(inside), plain);
        add(s, s.y.map(inside), plain);
        bands.push({ series: [series.length - 2, series.length - 1], fill: shadeOf(s.style) });
      }
    }
    if (tables.length === 0) return void holder.append(make("p", "Nothing to draw."));
    const axis = (which, length) => {
      const ticks = ticksOf(panel[which], length / (which === "x" ? 55 : 32));
      return { label: panel[which].label, labelSize: 22, stroke: css("--text"), size: which === "x" ? 34 : 56,
        splits: () => ticks.map((t) => t[0]), values: () => ticks.map((t) => t[1]), filter: (_, splits) => splits,
        grid: { stroke: css("--line"), width: 1, filter: (_, splits) => splits.map((v, i) => (ticks[i][1] ? v : null)) },
        ticks: { stroke: css("--line"), size: 5, filter: (_, splits) => splits } };
    };
    const width = holder.clientWidth, height = Math.min(340, Math.max(150, width * panel.height / panel.width));
    const scale = (a) => ({ time: false, distr: a.log ? 3 : 1, range: [a.min, a.max] });
    const chart = new uPlot({ width, height, title: panel.title || undefined, series, bands, scales: { x: scale(panel.x), y: scale(panel.y) },
      axes: [axis("x", width), axis("y", height)], hooks: { draw: [(u) => drawRest(u, panel)] } }, uPlot.join(tables), holder);
    chart.root.querySelectorAll(".u-legend .u-series").forEach((row, i) => {
      if (!shown[i]) return void row.remove();
      const entry = legend.find((e) => e.text === series[i].label);
      if (i > 0 && entry) row.querySelector(".u-marker").replaceWith(swatch(entry));
    });
    drawn.push(chart);
  }

  // A panel of cells as a picture whose plot area is `width` by `height`; `bare` leaves the cells to others.
  const margin = { left: 52, right: 8, top: 24, bottom: 42 };
  function mapPicture(panel, width, height, bare) {
    const svg = draw(document.createDocumentFragment(), "svg", { viewBox: `0 0 ${width + margin.left + margin.right} ${height + margin.top + margin.bottom}`, class: "picture" });
    if (!bare) draw(svg, "title", {}, panel.title || "map");
    const { x, y } = panel;
    const toX = (v) => margin.left + width * (v - x.min) / (x.max - x.min), toY = (v) => margin.top + height * (y.max - v) / (y.max - y.min);
    if (!bare)
      panel.cells.rgb.forEach((column, i) => {
        for (let j = 0, end = 0; j < column.length; j = end) {  // runs of one colour as one rectangle
          while (end < column.length && column[end] === column[j]) ++end;
          const left = toX(panel.cells.x[i]), top = toY(panel.cells.y[end]);
          draw(svg, "rect", { x: left, y: top, width: toX(panel.cells.x[i + 1]) - left + 0.4, height: toY(panel.cells.y[j]) - top + 0.4, fill: column[j] });
        }
      });
    for (const s of panel.series) {
      if (s.kind === "points")
        draw(svg, "path", { d: s.x.map((v, i) => markerPath(s.style.marker, toX(v), toY(s.y[i]), 1.2 * s.style.size)).join(""), stroke: s.style.color, "stroke-width": 1.5, fill: hollow(s.style) ? "none" : s.style.color });
      let pen = false, path = "";
      if (s.kind === "line")
        s.x.forEach((v, i) => { path += v === null ? "" : `${pen ? "L" : "M"}${toX(v).toFixed(1)} ${toY(s.y[i]).toFixed(1)}`; pen = v !== null; });
      if (path) draw(svg, "path", { d: path, stroke: s.style.color, "stroke-width": 1.3 * s.style.width, "stroke-dasharray": dashOf(s.style, 1).join(" "), fill: "none", "stroke-linecap": "round" });
    }
    for (const mark of panel.marks)
      draw(svg, "text", { x: toX(mark.x), y: toY(mark.y), fill: mark.color, "font-size": 1.6 * mark.size, class: mark.color === "#ffffff" ? "mark light" : "mark" }, mark.text);
    draw(svg, "rect", { x: margin.left, y: margin.top, width, height, class: "frame" });
    const bottom = margin.top + height, crowded = x.categories.some((name) => 7 * name.length > width / x.categories.length);
    for (const [v, text] of ticksOf(x, width / 55)) {
      draw(svg, "path", { d: `M${toX(v)} ${bottom}v4`, class: "frame" });
      draw(svg, "text", crowded ? { transform: `translate(${toX(v)} ${bottom + 7}) rotate(-25)`, class: "tick end" } : { x: toX(v), y: bottom + 16, class: "tick" }, text);
    }
    for (const [v, text] of ticksOf(y, height / 32)) {
      draw(svg, "path", { d: `M${margin.left} ${toY(v)}h-4`, class: "frame" });
      draw(svg, "text", { x: margin.left - 7, y: toY(v), class: "tick end" }, text);
    }
    draw(svg, "text", { x: margin.left + width / 2, y: bottom + 36, class: "tick" }, x.label);
    draw(svg, "text", { transform: `translate(12 ${margin.top + height / 2}) rotate(-90)`, class: "tick" }, y.label);
    draw(svg, "text", { x: margin.left + width / 2, y: 12, class: "tick strong" }, panel.title);
    return svg;
  }

  function drawFigure(figure, parent) {
    const section = make("section"), grid = make("div", "", "panels");
    section.append(make("h2", figure.heading ?? figure.subtitle), grid);
    parent.append(section);
    grid.style.gridTemplateColumns = `repeat(auto-fill, minmax(min(100%, ${figure.columns > 2 ? 18 : figure.columns > 1 ? 26 : 40}rem), 1fr))`;
    const inCharts = new Set(), maps = figure.panels.some((panel) => panel.cells);
    for (const panel of figure.panels) {
      const holder = make("div", "", "chart");
      grid.append(holder);
      if (panel.cells && figure.panels.length === 1) holder.style.maxWidth = "44rem";
      if (panel.cells) holder.append(mapPicture(panel, 2.2 * panel.width, 2.2 * panel.height, false));
      else {
        panel.series.forEach((s) => { if (s.kind !== "vertical" && s.kind !== "horizontal") inCharts.add(s.legend); });
        drawCurves(holder, panel, figure.legend, panel.x.label || figure.panels.at(-1).x.label);
      }
    }
    const rest = figure.legend.filter((entry) => !inCharts.has(entry.text)).map((entry) => ({ ...entry, area: maps }));
    if (rest.length) grid.after(legendList(rest));
  }
  function table(heading, head, rows, parent) {
    const section = make("section"), frame = make("div", "", "scroll"), grid = make("table");
    const line = (cells, tag) => { const row = make("tr"); cells.forEach((text) => row.append(make(tag, text))); grid.append(row); };
    line(head, "th");
    rows.forEach((cells) => line(cells, "td"));
    frame.append(grid);
    section.append(make("h2", heading), frame);
    parent.append(section);
  }

  return { make, dark, margin, short, compact, legendList, mapPicture, drawFigure, table, clear };
})();
