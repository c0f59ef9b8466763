"use strict";
(() => {
  const { make, dark, clear, drawFigure, short } = Drawing;
  const at = (id) => document.getElementById(id);
  let registry = [], view = null, answer = null, found = {}, upload = null;

  // Two workers, so that a map does not keep curves waiting. Answers come in the order of the questions.
  const source = URL.createObjectURL(new Blob([at("solver-script").textContent, "\n", at("worker-script").textContent], { type: "text/javascript" }));
  function solver(first) {
    const worker = new Worker(source), waiting = new Map();
    let last = 0, made;
    const module = new Promise((resolve, reject) => { made = { resolve, reject }; });
    worker.onmessage = ({ data }) => {
      if (data.module) return made.resolve(data.module);
      if (data.id === undefined) return made.reject(new Error(data.failed));
      const { resolve, reject } = waiting.get(data.id);
      waiting.delete(data.id);
      data.failed ? reject(new Error(data.failed)) : resolve(data);
    };
    worker.onerror = (event) => made.reject(new Error(event.message || "the worker does not start"));
    worker.postMessage(first);
    return { module, ask: (call, args, file) => new Promise((resolve, reject) => {
      waiting.set(++last, { resolve, reject });
      worker.postMessage({ id: last, call, args, file });
    }) };
  }
  let curveSolver, mapSolver;

  // Controls: a number and a slider each, of which logarithmic ones move in powers of ten.
  const whole = (v) => Math.round(Number(v.toPrecision(2)));
  const knobs = [
    { group: "problem", key: "alpha", label: "data exponent α", unit: () => "eigenvalues λ_j = j^(−α)", min: 0, max: 3, most: 50, step: 0.01 },
    { group: "problem", key: "beta", label: "target exponent β", unit: () => "Σ_k W*_kj² = j^(−β)", min: 0, max: 4, most: 100, step: 0.01 },
    { group: "problem", key: "inputs", label: "inputs d", unit: () => "modes of the input covariance", log: true, min: 10, max: 1e12, most: 1e15, round: whole },
    { group: "problem", key: "shape", label: "shape n/d", unit: (v) => `n = ${short(View.outputsOf(v))} outputs`, log: true, min: 1e-3, max: 1e3, most: 1e6 },
    { group: "problem", key: "batch", label: "batch B/d", unit: (v) => (v.batch === Infinity ? "noise-dominated limit, time in n/B steps" : `B = ${short(View.batchOf(v))} samples a step`), log: true, min: 1e-6, max: 1e3, most: 1e9, infinite: true },
    { group: "problem", key: "noise", label: "label noise σ", unit: () => "standard deviation", min: 0, max: 2, most: 1e6, step: 0.01 },
    { group: "run", key: "steps", label: "horizon T", unit: (v) => (v.batch === Infinity ? "in n/B steps" : "steps"), log: true, min: 10, max: 1e9, most: 1e15, round: whole },
  ];
  const inputs = new Map();
  const numberInput = (attributes) => Object.assign(make("input"), { type: "number", inputMode: "decimal", ...attributes });

  function addKnob(knob) {
    const row = make("div", "", "knob"), id = "knob-" + knob.key;
    const label = Object.assign(make("label", knob.label), { htmlFor: id });
    const box = numberInput({ id, min: knob.log ? 0 : knob.min, max: knob.most, step: "any" });
    const slider = Object.assign(make("input"), { type: "range", min: knob.log ? Math.log10(knob.min) : knob.min, max: knob.log ? Math.log10(knob.max) : knob.max, step: knob.log ? 0.02 : knob.step });
    slider.setAttribute("aria-label", knob.label + (knob.log ? ", power of ten" : ""));
    const unit = make("span", "", "unit");
    unit.id = id + "-unit";
    box.setAttribute("aria-describedby", unit.id);
    slider.addEventListener("input", () => {
      const v = knob.log ? 10 ** slider.valueAsNumber : slider.valueAsNumber;
      change({ [knob.key]: knob.round ? knob.round(v) : Number(v.toPrecision(3)) });
    });
    box.addEventListener("change", () => {
      const v = knob.round ? Math.round(box.valueAsNumber) : box.valueAsNumber;
      if (v >= (knob.log ? Number.MIN_VALUE : 0) && v <= knob.most) change({ [knob.key]: v });
      else show();
    });
    row.append(label, box, slider);
    let infinite = null;
    if (knob.infinite) {
      infinite = Object.assign(make("input"), { type: "checkbox", id: id + "-infinite" });
      infinite.addEventListener("change", () => change({ [knob.key]: infinite.checked ? Infinity : 1 }));
      const line = make("label", "", "unit");
      line.append(infinite, " B → ∞");
      row.append(line);
    }
    row.append(unit);
    at(knob.group).append(row);
    inputs.set(knob.key, { knob, box, slider, unit, infinite });
  }
  function addSelect(group, key, label, words) {
    const row = make("div", "", "knob"), id = "knob-" + key, select = Object.assign(make("select"), { id });
    for (const [value, text] of words) select.append(Object.assign(make("option", text), { value }));
    select.addEventListener("change", () => change(key === "policy" && select.value === "chosen" ? { policy: "chosen", rates: { ...found, ...view.rates } } : { [key]: select.value }));
    row.append(Object.assign(make("label", label), { htmlFor: id }), select);
    at(group).append(row);
    inputs.set(key, { select });
  }

  // The optimizers of the registry, with a box for each of their options once chosen.
  function addOptimizers() {
    for (const one of registry) {
      const line = make("label", "", "optimizer"), tick = Object.assign(make("input"), { type: "checkbox", value: one.name });
      const color = make("span", "", "color");
      color.style.background = one.color;
      line.title = one.doc;
      line.append(tick, color, one.label);
      tick.addEventListener("change", () => {
        const names = tick.checked ? [...view.optimizers, one.name].slice(-3) : view.optimizers.filter((name) => name !== one.name);
        if (names.length >= 2) change({ optimizers: names });
        else show("Two optimizers at least.");
      });
      const options = make("div", "", "options");
      at("optimizers").append(line, options);
      inputs.set("optimizer " + one.name, { tick, options });
    }
  }
  function optionInput(one, option) {
    const words = [...option.allowed.matchAll(/"([^"]+)"/g)].map((m) => m[1]), value = view.options[one.name]?.[option.key] ?? option.value;
    const set = (text) => {
      const own = { ...view.options[one.name], [option.key]: text };
      if (text === option.value || text === "") delete own[option.key];
      change({ options: { ...view.options, [one.name]: own } });
    };
    let input;
    if (option.type === "string" && words.length > 1) {
      input = make("select");
      for (const word of words) input.append(make("option", word));
      input.value = value;
    } else if (option.type === "boolean") input = Object.assign(make("input"), { type: "checkbox", checked: value === "true" });
    else input = Object.assign(make("input"), { type: "text", value, inputMode: option.type === "number" ? "decimal" : "text" });
    input.id = `option-${one.name}-${option.key}`;
    input.title = `${option.doc}: ${option.allowed}`;
    input.addEventListener("change", () => set(option.type === "boolean" ? String(input.checked) : input.value.trim()));
    const row = make("div");
    row.append(Object.assign(make("label", option.key.replaceAll("_", " ")), { htmlFor: input.id, title: input.title }), input);
    return row;
  }
  // The rate that was chosen, as a number and as a power of ten of the edge of stability.
  function rateInput(one, edge) {
    const row = make("div", "", "knob"), id = "rate-" + one.name, rate = view.rates[one.name];
    const box = numberInput({ id, min: 0, step: "any", value: rate ?? "" });
    const set = (v) => change({ rates: { ...view.rates, [one.name]: v } });
    box.addEventListener("change", () => (box.valueAsNumber > 0 ? set(box.valueAsNumber) : show()));
    const slider = Object.assign(make("input"), { type: "range", min: -6, max: 0.5, step: 0.02, value: rate && edge ? Math.log10(rate / edge) : -1 });
    slider.setAttribute("aria-label", `${one.label}: rate over the edge of stability, power of ten`);
    slider.addEventListener("input", () => { const v = Number((edge * 10 ** slider.valueAsNumber).toPrecision(3)); box.value = v; set(v); });
    row.append(Object.assign(make("label", `η of ${one.label}`), { htmlFor: id }), box, slider);
    return row;
  }

  let shape = "";
  function showControls() {
    for (const { knob, box, slider, unit, infinite, select } of inputs.values()) {
      if (select) select.value = view[select.id.slice(5)];
      if (!knob) continue;
      const value = view[knob.key], finite = Number.isFinite(value), own = view.spectrum && ["alpha", "inputs"].includes(knob.key);
      if (document.activeElement !== box || box.valueAsNumber !== value) box.value = finite ? value : "";
      if (document.activeElement !== slider) slider.value = knob.log ? Math.log10(finite ? value : knob.max) : value;
      box.disabled = slider.disabled = !finite || Boolean(own);
      unit.textContent = own ? "of your spectrum" : knob.unit(view);
      if (infinite) infinite.checked = !finite;
    }
    at("zoom").checked = view.zoom;
    at("knob-floor").parentElement.hidden = view.policy !== "floor";
    at("knob-floor").value = view.floor;
    // Rebuilt only where what is there changes: an input that is being used stays.
    const now = JSON.stringify([view.optimizers, view.policy === "chosen" && answer && view.optimizers]);
    if (now === shape && document.activeElement?.closest(".options, #rates")) return;
    shape = now;
    for (const one of registry) {
      const { tick, options } = inputs.get("optimizer " + one.name), used = view.optimizers.includes(one.name);
      tick.checked = used;
      const details = make("details");
      details.open = options.firstChild?.open ?? false;
      details.append(make("summary", "options"), ...(used ? one.options : []).map((option) => optionInput(one, option)));
      options.replaceChildren(...(used ? [details] : []));
    }
    at("rates").replaceChildren(...(view.policy === "chosen" ? registry.filter((one) => view.optimizers.includes(one.name)) : [])
      .map((one) => rateInput(one, answer?.curves.find((c) => c.optimizer === one.name)?.edge)));
    const link = View.linkOf({ ...view, zoom: false });
    document.querySelectorAll("#presets button").forEach((button, i) => button.setAttribute("aria-pressed", String(!view.spectrum && View.linkOf(View.presetView(View.presets[i])) === link)));
  }

  // A change of the view: shown at once, computed as soon as the solver is free, the latest one only.
  let busy = false, wanted = false, keeping = 0;
  function change(changes) {
    view = { ...view, ...changes };
    show();
    compute();
  }
  function show(words) {
    if (words) at("status").textContent = words;
    showControls();
    clearTimeout(keeping);
    keeping = setTimeout(() => history.replaceState(null, "", View.linkOf(view)), 200);
  }
  const yieldNow = () => new Promise((resolve) => setTimeout(resolve));
  async function compute() {
    wanted = true;
    if (busy) return;
    busy = true;
    const slow = setTimeout(() => { at("results").classList.add("stale"); at("status").textContent = "Computing …"; }, 250);
    while (wanted) {
      wanted = false;
      const now = view, began = performance.now();
      try {
        const reply = await curveSolver.ask("curves", [View.studyOf(now)]);
        if (reply.answer.error) fail(reply.answer.error);
        else present(reply.answer, now, reply.milliseconds, began);
      } catch (error) {
        fail(error.message);
      }
      PhaseMap.begin(mapSolver.ask, now, registry);
      await yieldNow();
    }
    clearTimeout(slow);
    at("results").classList.remove("stale");
    busy = false;
  }
  function fail(words) {
    at("problem-error").hidden = false;
    at("problem-error").textContent = words.replace(/^study\.toml:\d+: /, "");
    at("status").textContent = "The settings do not go together; the curves below are those of before.";
  }

  function present(now, its, milliseconds, began) {
    answer = now;
    found = Object.fromEntries(answer.curves.filter((c) => c.learning_rate !== null).map((c) => [c.optimizer, c.learning_rate]));
    at("problem-error").hidden = true;
    at("warnings").replaceChildren(...answer.warnings.map((line) => make("li", line)));
    at("study").textContent = View.studyOf(its, found);
    draw(its);
    showControls();
    const gone = answer.curves.filter((c) => c.diverged).map((c) => c.label);
    at("status").textContent = (gone.length ? `${gone.join(", ")}: the rate is beyond the edge of stability and the risk grows without bound. ` : "") +
      `Computed in ${milliseconds.toFixed(0)} ms, drawn after ${(performance.now() - began).toFixed(0)} ms.`;
  }
  function draw(its) {
    const holders = [at("risks"), at("kernels")];
    for (const holder of holders) holder.style.minHeight = `${holder.offsetHeight}px`;  // the page keeps its place
    clear();
    at("risks").replaceChildren();
    at("kernels").replaceChildren();
    for (const figure of Figures.risks(answer, its)) drawFigure(figure, at("risks"));
    for (const figure of Figures.kernels(answer)) drawFigure(figure, at("kernels"));
    for (const holder of holders) {
      holder.style.minHeight = "";
      for (const canvas of holder.querySelectorAll("canvas")) {
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `${canvas.closest("section").querySelector("h2").textContent} of ${answer.curves.map((c) => c.label).join(", ")}; the numbers are in the table`);
      }
    }
    const { head, rows } = Figures.numbers(answer, its), table = at("numbers").querySelector("table");
    const row = (cells, tag, scope) => { const line = make("tr"); cells.forEach((text, i) => { const cell = make(i ? tag : "th", text); if (i ? tag === "th" : text) cell.scope = i ? "col" : scope; line.append(cell); }); return line; };
    table.tHead.replaceChildren(row(head, "th", "col"));
    table.tBodies[0].replaceChildren(...rows.map((cells) => row(cells, "td", "row")));
    at("numbers").hidden = false;
  }

  async function load(file) {
    const say = (words) => { at("spectrum").textContent = words; };
    say("Reading …");
    try {
      let bytes = await file.arrayBuffer(), name = file.name.replace(/[^\w.-]/g, "_");
      if (new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength)).join() === "31,139") {
        bytes = await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
        name = name.replace(/\.gz$/, "");
      }
      const { answer: measured } = await curveSolver.ask("spectrum", [name], { name, bytes });
      if (measured.error) return void say(`Not read: ${measured.error}`);
      let path = file.name === name && measured.kind === "eigenvalues" ? name : name.replace(/\.\w+$/, "") + "-eigenvalues.txt";
      const text = measured.eigenvalues.join("\n") + "\n";
      upload = { path, text };
      if (path !== name) await curveSolver.ask("spectrum", [path], { name: path, bytes: new TextEncoder().encode(text).buffer });
      at("spectrum-file").hidden = path === file.name;
      at("spectrum-file").href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
      at("spectrum-file").download = path;
      at("spectrum-file").textContent = `Save ${path}`;
      at("drop-file").hidden = false;
      const fitted = measured.alpha === null ? "No exponent: too few eigenvalues." : `α = ${measured.alpha.toFixed(3)} ± ${measured.alpha_stderr.toFixed(3)} (ranks ${measured.first} to ${measured.last})${measured.power_law ? "" : ", no clean power law"}.`;
      say(`${file.name}: ${measured.eigenvalues.length} eigenvalues${measured.kind === "eigenvalues" ? "" : ` of the ${measured.kind}`}, effective dimension ${short(measured.effective_dimension)}. ${fitted} ${measured.notes.join(" ")} The map is that of the power law.`);
      change({ spectrum: path, inputs: measured.eigenvalues.length, ...(measured.alpha === null ? {} : { alpha: Number(Math.max(measured.alpha, 0).toFixed(3)) }), ...(view.inputs === measured.eigenvalues.length ? {} : { steps: Math.min(view.steps, 1e6) }) });
    } catch (error) {
      say(`Not read: ${error.message}`);
    }
  }

  async function copy(text, what) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {  // pages from a disk may not
      const area = Object.assign(make("textarea", text), { value: text });
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    at("copied").textContent = `${what} copied.`;
    setTimeout(() => { at("copied").textContent = ""; }, 3000);
  }

  function build() {
    knobs.filter((knob) => knob.group === "problem").forEach(addKnob);
    addSelect("problem", "basis", "basis that signs see", [["generic", "generic (flat diagonal)"], ["eigen", "eigenbasis"], ["haar", "Haar, drawn (slow)"]]);
    addOptimizers();
    knobs.filter((knob) => knob.group === "run").forEach(addKnob);
    addSelect("run", "policy", "learning rates", [["best", "best constant for T"], ["greedy", "greedy schedule"], ["floor", "end at a risk ε"], ["chosen", "chosen"]]);
    const floor = make("div", "", "knob"), box = numberInput({ id: "knob-floor", min: 0, step: "any" });
    box.addEventListener("change", () => (box.valueAsNumber > 0 ? change({ floor: box.valueAsNumber }) : show()));
    floor.append(Object.assign(make("label", "floor ε, a risk"), { htmlFor: "knob-floor" }), box);
    at("run").append(floor, Object.assign(make("div"), { id: "rates" }));
    for (const preset of View.presets) {
      const button = Object.assign(make("button", preset.name), { type: "button", title: preset.doc });
      button.addEventListener("click", () => { dropFile(); view = View.presetView(preset); show(); compute(); });
      at("presets").append(button);
    }
    at("zoom").addEventListener("change", () => change({ zoom: at("zoom").checked }));
    PhaseMap.listen((alpha, beta) => change(view.spectrum ? { beta } : { alpha, beta }));
    at("file").addEventListener("change", () => at("file").files[0] && load(at("file").files[0]));
    at("drop-file").addEventListener("click", () => { dropFile(); change({ spectrum: "" }); });
    at("copy-study").addEventListener("click", () => copy(at("study").textContent, "Study"));
    at("copy-link").addEventListener("click", () => copy(location.href.replace(/#.*/, "") + View.linkOf(view), "Link"));
    at("controls").addEventListener("submit", (event) => event.preventDefault());
    window.addEventListener("hashchange", () => { view = View.viewOf(location.hash, registry); show(); compute(); });
    let pending = 0;
    const redraw = () => { clearTimeout(pending); pending = setTimeout(() => { if (answer) draw(view); PhaseMap.draw(); }, 100); };
    window.addEventListener("resize", redraw);
    dark.addEventListener("change", redraw);
  }
  function dropFile() {
    at("file").value = at("spectrum").textContent = "";
    at("drop-file").hidden = at("spectrum-file").hidden = true;
  }

  (async () => {
    try {
      curveSolver = solver({ code: at("solver-bytes").textContent.trim() });
      mapSolver = solver({ module: await curveSolver.module });
      await mapSolver.module;
      registry = (await curveSolver.ask("optimizers", [])).answer;
    } catch (error) {
      fail(error.message);
      at("status").textContent = "The solver does not start here: it needs WebAssembly with SIMD and exceptions (Chrome 95, Firefox 113, Safari 16.4 or later).";
      return;
    }
    view = View.viewOf(location.hash, registry);
    build();
    show();
    compute();
  })();
})();
