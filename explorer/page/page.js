"use strict";
(() => {
  const { make, dark, clear, drawFigure, short } = Drawing;
  const at = (id) => document.getElementById(id);
  let registry = [], view = null, answer = null, found = {};

  // Two workers, so that a map does not keep curves waiting. Answers come in the order of the questions. A worker is started
  // anew where what it computes is not wanted any more.
  const source = URL.createObjectURL(new Blob([at("solver-script").textContent, "\n", at("worker-script").textContent], { type: "text/javascript" }));
  const superseded = new Error("superseded");
  function solver(first) {
    const files = new Map();
    let worker, waiting = new Map(), last = 0, made;
    const module = new Promise((resolve, reject) => { made = { resolve, reject }; });
    function start(message) {
      worker = new Worker(source);
      worker.onmessage = ({ data }) => {
        if (data.module) return made.resolve(data.module);
        if (data.id === undefined) return made.reject(new Error(data.failed));
        const { resolve, reject } = waiting.get(data.id);
        waiting.delete(data.id);
        data.failed ? reject(new Error(data.failed)) : resolve(data);
      };
      worker.onerror = (event) => made.reject(new Error(event.message || "the worker does not start"));
      worker.postMessage(message);
      for (const [name, bytes] of files) worker.postMessage({ file: { name, bytes } });
    }
    start(first);
    return {
      module,
      ask: (call, args) => new Promise((resolve, reject) => {
        waiting.set(++last, { resolve, reject });
        worker.postMessage({ id: last, call, args });
      }),
      keep: (name, bytes) => { files.set(name, bytes); worker.postMessage({ file: { name, bytes } }); },
      restart: async () => {
        const code = await module, dropped = waiting;
        worker.terminate();
        waiting = new Map();
        start({ module: code });
        for (const { reject } of dropped.values()) reject(superseded);
      },
    };
  }
  let curveSolver, mapSolver;

  // A change of the view: shown at once, computed as soon as the solver is free, the latest one only.
  const patience = 1500;  // milliseconds for an answer that is not wanted any more
  let busy = false, wanted = false, asked = 0, keeping = 0;
  function change(changes) {
    view = { ...view, ...changes };
    show();
    compute();
  }
  function show(words) {
    if (words) at("status").textContent = words;
    Controls.show(view, answer, found);
    clearTimeout(keeping);
    keeping = setTimeout(() => history.replaceState(null, "", View.linkOf(view)), 200);
  }
  const yieldNow = () => new Promise((resolve) => setTimeout(resolve));
  async function compute() {
    wanted = true;
    if (busy && asked && performance.now() - asked > patience) {
      asked = 0;
      curveSolver.restart();
    }
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      const now = view, began = performance.now();
      const slow = setTimeout(() => { at("results").classList.add("stale"); at("status").textContent = "Computing …"; }, 250);
      try {
        asked = began;
        const reply = await curveSolver.ask("curves", [View.studyOf(now)]).finally(() => { clearTimeout(slow); asked = 0; });
        at("results").classList.toggle("stale", wanted);
        if (reply.answer.error) fail(reply.answer.error);
        else present(reply.answer, now, reply.milliseconds, began);
      } catch (error) {
        if (error === superseded) continue;
        fail(error.message);
        await curveSolver.restart();  // a solver that ran out of memory answers no more
      }
      PhaseMap.begin(mapSolver.ask, now, registry);
      await yieldNow();
    }
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
    Controls.show(view, answer, found);
    const gone = answer.curves.filter((c) => c.diverged).map((c) => c.label);
    at("status").textContent = (gone.length ? `${gone.join(", ")}: the rate is beyond the edge of stability and the risk grows without bound. ` : "") +
      `Computed in ${milliseconds.toFixed(0)} ms, drawn after ${(performance.now() - began).toFixed(0)} ms.`;
  }
  function draw(its) {
    const holders = [at("risks"), at("rates-figure"), at("kernels")];
    for (const holder of holders) holder.style.minHeight = `${holder.offsetHeight}px`;  // the page keeps its place
    clear();
    for (const holder of holders) holder.replaceChildren();
    const { risk, rate } = Figures.risks(answer, its);
    drawFigure(risk, at("risks"));
    drawFigure(rate, at("rates-figure"));
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
      curveSolver.keep(name, bytes);
      const { answer: measured } = await curveSolver.ask("spectrum", [name]);
      if (measured.error) return void say(`Not read: ${measured.error}`);
      const path = file.name === name && measured.kind === "eigenvalues" ? name : name.replace(/\.\w+$/, "") + "-eigenvalues.txt";
      const text = measured.eigenvalues.join("\n") + "\n";
      if (path !== name) curveSolver.keep(path, new TextEncoder().encode(text).buffer);
      at("spectrum-file").hidden = path === file.name;
      at("spectrum-file").href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
      at("spectrum-file").download = path;
      at("spectrum-file").textContent = `Save ${path}`;
      at("drop-file").hidden = false;
      const fitted = measured.alpha === null ? "No exponent: too few eigenvalues." : `α = ${measured.alpha.toFixed(3)} ± ${measured.alpha_stderr.toFixed(3)} (ranks ${measured.first} to ${measured.last})${measured.power_law ? "" : ", no clean power law"}.`;
      say(`${file.name}: ${measured.eigenvalues.length} eigenvalues${measured.kind === "eigenvalues" ? "" : ` of the ${measured.kind}`}, effective dimension ${short(measured.effective_dimension)}. ${fitted} ${measured.notes.join(" ")} The map is that of the power law.`);
      change({ spectrum: path, inputs: measured.eigenvalues.length, ...(measured.alpha === null ? {} : { alpha: Number(Math.max(measured.alpha, 0).toFixed(3)) }) });
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
    Controls.build(registry, { change, show, begin: (preset) => { dropFile(); view = View.presetView(preset); show(); compute(); } });
    at("zoom").addEventListener("change", () => change({ zoom: at("zoom").checked }));
    PhaseMap.listen((alpha, beta) => change(view.spectrum ? { beta } : { alpha, beta }));
    at("file").addEventListener("change", () => at("file").files[0] && load(at("file").files[0]));
    at("drop-file").addEventListener("click", () => { dropFile(); change({ spectrum: "" }); });
    at("copy-study").addEventListener("click", () => copy(at("study").textContent, "Study"));
    at("copy-link").addEventListener("click", () => copy(location.href.replace(/#.*/, "") + View.linkOf(view), "Link"));
    at("controls").addEventListener("submit", (event) => event.preventDefault());
    window.addEventListener("hashchange", () => { dropFile(); view = View.viewOf(location.hash, registry); show(); compute(); });
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
    window.muonphaseExplorer = { ask: curveSolver.ask };  // for scripts
    view = View.viewOf(location.hash, registry);
    build();
    show();
    compute();
  })();
})();
