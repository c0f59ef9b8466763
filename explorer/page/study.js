"use strict";
// A view of the page, the study that computes it, and the link that keeps it.
const View = (() => {
  const initial = { optimizers: ["signsvd", "signsgd"], options: {}, alpha: 1.4, beta: 0.6, inputs: 1e6, shape: 1, batch: Infinity,
    noise: 0, basis: "generic", steps: 1e6, policy: "best", floor: 1e-3, rates: {}, spectrum: "", zoom: false };
  const numbers = ["alpha", "beta", "inputs", "shape", "batch", "noise", "steps", "floor"];
  const choices = { basis: ["generic", "eigen", "haar"], policy: ["best", "greedy", "floor", "chosen"] };

  const outputsOf = (view) => Math.max(1, Math.round(view.shape * view.inputs));
  const batchOf = (view) => (view.batch === Infinity ? Infinity : Math.max(1, Math.round(view.batch * view.inputs)));
  const number = (v) => (v === Infinity ? '"infinite"' : String(v));
  const word = (v) => (typeof v === "string" && !/^(true|false|[-+\d.e]+|\[.*\])$/.test(v) ? JSON.stringify(v) : String(v));
  const list = (names) => `[${names.map((name) => JSON.stringify(name)).join(", ")}]`;

  // The window of the map: the diagram, moved where the point is outside; or what is near.
  function windowOf(view) {
    const range = (at, width) => { const min = Math.max(0, Number((at - width / 2).toFixed(2))); return { min, max: Number((min + width).toFixed(2)), count: 31 }; };
    const whole = (at) => (at <= 3 ? { min: 0, max: 3, count: 31 } : range(at, 3));
    return view.zoom ? { alpha: range(view.alpha, 0.6), beta: range(view.beta, 0.6) } : { alpha: whole(view.alpha), beta: whole(view.beta) };
  }
  const grid = ({ min, max, count }) => `{min = ${min}, max = ${max}, count = ${count}}`;

  function optionLines(view) {
    return view.optimizers.filter((name) => Object.keys(view.options[name] ?? {}).length).flatMap((name) =>
      ["", `[run.optimizer.${name}]`, ...Object.entries(view.options[name]).map(([key, value]) => `${key} = ${word(value)}`)]);
  }
  function phaseLines(view) {
    const { alpha, beta } = windowOf(view);
    return ["", "[phase]", `compare = ${list(view.optimizers.slice(0, 2))}`, `dimension = ${view.inputs}`, `output_ratio = ${view.shape}`,
      `batch_ratio = ${number(view.batch)}`, `basis = "${view.basis}"`, `alpha = ${grid(alpha)}`, `beta = ${grid(beta)}`,
      "horizons = {min = 1, max = 1e9, count = 32}"];
  }
  // `found`: the best rates where the policy asks for them.
  function rateLines(view, found) {
    const of = (name) => view.policy === "greedy" ? '{policy = "greedy"}'
      : view.policy === "floor" ? `{policy = "floor", risk = ${view.floor}}`
      : view.policy === "chosen" ? view.rates[name] : found[name];
    const lines = view.optimizers.filter((name) => of(name) !== undefined).map((name) => `${name} = ${of(name)}`);
    return lines.length ? ["", "[run.learning_rate]", ...lines] : [];
  }
  function studyOf(view, found = {}) {
    const input = view.spectrum ? ['spectrum = "file"', `path = ${JSON.stringify(view.spectrum)}`]
      : [`alpha = ${view.alpha}`, ...(view.basis === "generic" && view.inputs > 1000 ? ['modes = "binned"'] : [])];
    return ['title = "A view of the explorer"', "", "[problem]", `n_out = ${outputsOf(view)}`, `n_in = ${view.inputs}`,
      `batch = ${number(batchOf(view))}`, `label_noise = ${view.noise}`, "", "[problem.input]", ...input, `basis = "${view.basis}"`,
      "", "[problem.target]", `beta = ${view.beta}`, "", "[run]", `optimizers = ${list(view.optimizers)}`, `steps = ${view.steps}`,
      ...rateLines(view, found), ...optionLines(view), "", "[ode]", 'closure = "linear"', ...phaseLines(view)].join("\n") + "\n";
  }
  // Its map alone: the same whatever the point, so that moving it computes nothing anew.
  const mapStudyOf = (view) => ["[problem]", `label_noise = ${view.noise}`, ...optionLines(view), ...phaseLines(view)].join("\n") + "\n";

  // What differs from the initial view: alpha=1.2&optimizers=muon,adam&muon.momentum=0.9&rate.muon=0.01.
  function linkOf(view) {
    const link = new URLSearchParams();
    for (const key of [...numbers, ...Object.keys(choices)]) if (view[key] !== initial[key]) link.set(key, view[key]);
    if (view.optimizers.join() !== initial.optimizers.join()) link.set("optimizers", view.optimizers.join());
    if (view.zoom) link.set("zoom", "1");
    for (const name of view.optimizers) {
      for (const [key, value] of Object.entries(view.options[name] ?? {})) link.set(`${name}.${key}`, value);
      if (view.policy === "chosen" && view.rates[name] !== undefined) link.set("rate." + name, view.rates[name]);
    }
    return "#" + link.toString().replaceAll("%2C", ",");
  }
  // What a link does not say, or says wrongly, stays as it is initially.
  function viewOf(hash, registry) {
    const view = structuredClone(initial), known = (name) => registry.find((o) => o.name === name);
    for (const [key, text] of new URLSearchParams(hash.replace(/^#/, ""))) {
      const [owner, option] = key.split(".");
      if (numbers.includes(key)) {
        const value = Number(text);
        if (text !== "" && value >= 0 && (Number.isFinite(value) || key === "batch")) view[key] = value;
      } else if (choices[key]?.includes(text)) view[key] = text;
      else if (key === "zoom") view.zoom = text === "1";
      else if (key === "optimizers") {
        const names = [...new Set(text.split(","))].filter(known).slice(0, 3);
        if (names.length >= 2) view.optimizers = names;
      } else if (owner === "rate" && known(option) && Number(text) > 0) view.rates[option] = Number(text);
      else if (known(owner)?.options.some((o) => o.key === option)) (view.options[owner] ??= {})[option] = text;
    }
    return view;
  }

  // Settings of figures of "Phases of Muon" (arXiv 2605.09552), by the linear closure.
  const presets = [
    ["Phase diagram", "n = d = 10⁶, batch → ∞, best constant rates", {}],
    ["Resolution", "drift and volatility of SignSVD by mode, N = 1000, α = 1.5, N/B = 10", { inputs: 1000, alpha: 1.5, beta: 0.7, batch: 0.1, steps: 1e4 }],
    ["Large batch", "drift and volatility by mode, N = 1000, α = 1.5, N/B = 0.5", { inputs: 1000, alpha: 1.5, beta: 0.7, batch: 2, steps: 1e4 }],
    ["Time to accuracy", "rates matched to the floor ε = 2⁻⁸, α = 1.5, β = 0.7, N = 1024, B = 2N",
      { optimizers: ["muon", "signsvd", "signsgd"], options: { muon: { momentum: "0" } }, inputs: 1024, alpha: 1.5, beta: 0.7, batch: 2, steps: 1e4, policy: "floor", floor: 0.00390625 }],
    ["Momentum", "the floor of Muon with momentum 0.95, α = 1.5, N = 1024, B = 2N",
      { optimizers: ["muon", "signsvd"], inputs: 1024, alpha: 1.5, beta: 0.7, batch: 2, steps: 1e4, policy: "floor", floor: 0.00390625 }],
    ["Isotropic", "Σ = I, n = d = B = 1024", { inputs: 1024, alpha: 0, beta: 0, batch: 1, steps: 1e4 }],
  ].map(([name, doc, changes]) => ({ name, doc, changes }));
  const presetView = (preset) => ({ ...structuredClone(initial), ...structuredClone(preset.changes) });

  return { initial, presets, presetView, outputsOf, batchOf, windowOf, studyOf, mapStudyOf, linkOf, viewOf };
})();
