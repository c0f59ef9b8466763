"use strict";
// The settings: what is typed, ticked and moved becomes a change of the view, which comes back to be shown.
const Controls = (() => {
  const { make, short } = Drawing;
  const at = (id) => document.getElementById(id);
  let registry = [], page = null, view = null, answer = null, found = {};

  // A number and a slider each, of which logarithmic ones move in powers of ten.
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
      page.change({ [knob.key]: knob.round ? knob.round(v) : Number(v.toPrecision(3)) });
    });
    box.addEventListener("change", () => {
      const v = knob.round ? Math.round(box.valueAsNumber) : box.valueAsNumber;
      if (v >= (knob.log ? Number.MIN_VALUE : 0) && v <= knob.most) page.change({ [knob.key]: v });
      else page.show();
    });
    row.append(label, box, slider);
    let infinite = null;
    if (knob.infinite) {
      infinite = Object.assign(make("input"), { type: "checkbox", id: id + "-infinite" });
      infinite.addEventListener("change", () => page.change({ [knob.key]: infinite.checked ? Infinity : 1 }));
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
    select.addEventListener("change", () => page.change(key === "policy" && select.value === "chosen" ? { policy: "chosen", rates: { ...found, ...view.rates } } : { [key]: select.value }));
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
        if (names.length >= 2) page.change({ optimizers: names });
        else page.show("Two optimizers at least.");
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
      page.change({ options: { ...view.options, [one.name]: own } });
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
    const row = make("div", "", "knob"), id = "rate-" + one.name, rate = view.rates[one.name] ?? found[one.name];
    const box = numberInput({ id, min: 0, step: "any", value: rate ?? "" });
    const set = (v) => page.change({ rates: { ...view.rates, [one.name]: v } });
    box.addEventListener("change", () => {
      if (!(box.valueAsNumber > 0)) return page.show();
      slider.value = Math.log10(box.valueAsNumber / edge);
      set(box.valueAsNumber);
    });
    const slider = Object.assign(make("input"), { type: "range", min: -6, max: 0.5, step: 0.02, value: rate && edge ? Math.log10(rate / edge) : -1 });
    slider.setAttribute("aria-label", `${one.label}: rate over the edge of stability, power of ten`);
    slider.addEventListener("input", () => { const v = Number((edge * 10 ** slider.valueAsNumber).toPrecision(3)); box.value = v; set(v); });
    row.append(Object.assign(make("label", `η of ${one.label}`), { htmlFor: id }), box, slider);
    return row;
  }

  // What stands in them: the view, and what the last answer knew of rates.
  let shape = "";
  function showView(now, lately, best) {
    [view, answer, found] = [now, lately, best];
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
    const link = View.linkOf({ ...view, zoom: false });
    document.querySelectorAll("#presets button").forEach((button, i) => button.setAttribute("aria-pressed", String(!view.spectrum && View.linkOf(View.presetView(View.presets[i])) === link)));
    // Rebuilt only where what is there changes, and not while one of them is being used.
    const edges = view.policy === "chosen" ? answer?.curves.map((c) => c.edge) : null, standing = JSON.stringify([view.optimizers, view.options, view.policy, view.rates, edges]);
    if (standing === shape || (shape && document.activeElement?.closest(".options, #rates"))) return;
    shape = standing;
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
  }

  // `to` has change(changes), show(words) and begin(preset).
  function build(optimizers, to) {
    [registry, page] = [optimizers, to];
    knobs.filter((knob) => knob.group === "problem").forEach(addKnob);
    addSelect("problem", "basis", "basis for signs", [["generic", "generic"], ["eigen", "eigenbasis"], ["haar", "Haar (slow)"]]);
    addOptimizers();
    knobs.filter((knob) => knob.group === "run").forEach(addKnob);
    addSelect("run", "policy", "learning rates", [["best", "best constant for T"], ["greedy", "greedy schedule"], ["floor", "end at a risk ε"], ["chosen", "chosen"]]);
    const floor = make("div", "", "knob"), box = numberInput({ id: "knob-floor", min: 0, step: "any" });
    box.addEventListener("change", () => (box.valueAsNumber > 0 ? page.change({ floor: box.valueAsNumber }) : page.show()));
    floor.append(Object.assign(make("label", "floor ε, a risk"), { htmlFor: "knob-floor" }), box);
    at("run").append(floor, Object.assign(make("div"), { id: "rates" }));
    for (const preset of View.presets) {
      const button = Object.assign(make("button", preset.name), { type: "button", title: preset.doc });
      button.addEventListener("click", () => page.begin(preset));
      at("presets").append(button);
    }
  }
  return { build, show: showView };
})();
