"use strict";
// The figures of an answer of the solver, as Drawing takes them.
const Figures = (() => {
  const grey = "#8c8c8c";
  const style = (color, dash = [], width = 1.4) => ({ color, opacity: 1, width, dash, marker: "none", size: 3 });
  const series = (kind, x, y, look, legend) => ({ kind, x, y, upper: [], style: look, legend });
  const positive = (values) => values.filter((v) => v > 0 && Number.isFinite(v));

  function axis(label, values, least = 0) {
    const shown = positive(values).filter((v) => v >= least);
    if (!shown.length) return { label, log: true, min: 0.1, max: 10, zero: null, first: 0.1, categories: [] };
    const low = Math.min(...shown), high = Math.max(...shown), room = high > low ? 1.15 : 2;
    return { label, log: true, min: low / room, max: high * room, zero: null, first: low, categories: [] };
  }
  // A panel as wide as the legend's lines say, and what its axes have to hold.
  function panel(title, xLabel, yLabel, lines, xValues, yValues, least, height = 1.15) {
    return { title, width: 2, height, marks: [], x: axis(xLabel, xValues ?? lines.flatMap((s) => s.x)),
      y: axis(yLabel, yValues ?? lines.flatMap((s) => s.y), least), series: lines };
  }
  const legendOf = (panels) => {
    const seen = new Map();
    for (const { legend, style: look, kind } of panels.flatMap((p) => p.series))
      if (legend && !seen.has(legend)) seen.set(legend, kind === "points" ? { text: legend, marker: look } : { text: legend, line: look });
    return [...seen.values()];
  };
  const figure = (heading, columns, panels) => ({ heading, columns, legend: legendOf(panels), panels });

  function risks(answer, view) {
    const time = view.batch === Infinity ? "t (steps · B/n)" : "t (steps)", floors = [], lines = [], best = [], rates = [], edges = [];
    for (const c of answer.curves) {
      const after = c.step.map((t, i) => [t, i]).filter(([t]) => t > 0).map(([, i]) => i), at = (values) => after.map((i) => values[i]);
      lines.push(series("line", at(c.step), at(c.risk), style(c.color, [], 1.8), `${c.label}, theory`));
      best.push(series("line", c.horizon, c.best_risk, style(c.color, [5, 4], 1), `${c.label}, best constant rate for each T`));
      rates.push(series("line", at(c.step), at(c.rate), style(c.color, [], 1.8), `${c.label}, theory`));
      rates.push(series("line", c.horizon, c.best_rate, style(c.color, [5, 4], 1), `${c.label}, best constant rate for each T`));
      if (c.floor_risk) floors.push(series("horizontal", [], [c.floor_risk], style(c.color, [1, 3]), "noise floor of a constant rate"));
      edges.push(series("horizontal", [], [c.edge], style(c.color, [1, 3]), "edge of stability"));
    }
    if (answer.noise_risk > 0) floors.push(series("horizontal", [], [answer.noise_risk], style(grey, [8, 3]), "label noise, σ²/2"));
    const shown = [...lines, ...best].flatMap((s) => s.y), low = Math.min(...positive(lines.flatMap((s) => s.y)));
    return {
      risk: figure("Risk", 1, [panel("", time, "population risk R(t)", [...lines, ...best, ...floors], null,
        [...shown, ...floors.flatMap((s) => s.y).filter((v) => v > low / 100)], low / 1e4, 1.5)]),
      rate: figure("Learning rate", 1, [panel("", time, "learning rate η", [...rates, ...edges], null, [...rates, ...edges].flatMap((s) => s.y), 0, 1.5)]),
    };
  }

  // A power of the eigenvalue through a curve, over modes `from` to `to`.
  function law(modes, eigenvalues, drift, power, from, to, dash, name) {
    const within = modes.map((m, i) => [m, i]).filter(([m]) => m >= from && m <= to).map(([, i]) => i);
    if (within.length < 2) return [];
    const anchor = within[power < 1 ? 0 : within.length - 1];
    return [series("line", within.map((i) => modes[i]), within.map((i) => 1.6 * drift[anchor] * (eigenvalues[i] / eigenvalues[anchor]) ** power), style(grey, dash), name)];
  }
  function kernels(answer) {
    const { modes, eigenvalues } = answer, drift = [], volatility = [], marks = [];
    if (modes.length < 2) return [];
    for (const c of answer.curves) {
      drift.push(series("line", modes, c.drift, style(c.color, [], 1.8), `${c.label}, theory`));
      volatility.push(series("line", modes, c.diffusion, style(c.color, [], 1.8), `${c.label}, theory`));
      if (c.resolution_mode >= 1 && c.resolution_mode <= modes.at(-1))
        marks.push(series("vertical", [c.resolution_mode], [], style(c.color, [1, 3]), "i_#, the last mode that the batch resolves"));
    }
    const first = answer.curves[0], last = modes.at(-1), split = marks[0]?.x[0] ?? Math.sqrt(last);
    const laws = eigenvalues[0] > 2 * eigenvalues.at(-1) ? [
      ...law(modes, eigenvalues, first.drift, 0.5, 1, split, [6, 4], "square-root law, drift ∝ λ¹⁄²"),
      ...law(modes, eigenvalues, first.drift, 1, split, last, [2, 3], "SGD-like law, drift ∝ λ")] : [];
    return [figure("Drift and volatility by mode", 2, [
      panel("", "mode i", "drift f_i", [...drift, ...laws, ...marks], modes, [...drift, ...laws].flatMap((s) => s.y)),
      panel("", "mode i", "volatility V_i", [...volatility, ...marks], modes)])];
  }

  const brief = (v) => (v !== 0 && (Math.abs(v) < 1e-3 || Math.abs(v) >= 1e5) ? v.toExponential(3).replace(/\.?0*e\+?/, "e") : Drawing.short(v));
  // Row headings and their cells, one for each optimizer.
  function numbers(answer, view) {
    const time = view.batch === Infinity ? "steps · B/n" : "steps";
    const each = (value) => answer.curves.map((c) => { const v = value(c); return v === null || v === undefined ? "–" : typeof v === "number" ? brief(v) : v; });
    return { head: ["", ...answer.curves.map((c) => c.label)], rows: [
      ["learning rate η", ...each((c) => c.learning_rate ?? "schedule")],
      [`risk R after ${brief(view.steps)} ${time}`, ...each((c) => c.risk.at(-1))],
      [`least risk of a constant rate after ${brief(view.steps)} ${time}`, ...each((c) => c.best_risk.at(-1))],
      ["edge of stability, η", ...each((c) => c.edge)],
      ["noise floor of a constant rate, R", ...each((c) => c.floor_risk)],
      ["noise coefficient 𝒮", ...each((c) => c.noise_coefficient)],
      ["resolution Λ", ...each((c) => c.resolution)],
      ["last mode resolved, i_#", ...each((c) => c.resolution_mode)],
    ] };
  }
  return { risks, kernels, numbers };
})();
