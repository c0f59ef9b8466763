"use strict";
// The phase map beside the curves: coarse first, then column by column outwards from the point, by a worker of its own.
const PhaseMap = (() => {
  const { margin, mapPicture, legendList, short } = Drawing;
  const size = 31, stride = 5, width = 480, height = 360;
  let window_, rows, key = "", names = [], colors = [], busy = false, queue = [], ask, drawn = 0, view, began = 0, spent = null, failure = "";

  const mixed = (color, strength) => "#" + [1, 3, 5].map((i) => Math.round(255 + strength * (parseInt(color.slice(i, i + 2), 16) - 255)).toString(16).padStart(2, "0")).join("");
  const at = (axis, k) => axis.min + (axis.max - axis.min) * k / (axis.count - 1);
  const nearest = (axis, v) => Math.min(Math.max(Math.round((v - axis.min) / (axis.max - axis.min) * (axis.count - 1)), 0), axis.count - 1);
  const edges = (axis) => { const half = (axis.max - axis.min) / (axis.count - 1) / 2; return Array.from({ length: size + 1 }, (_, k) => axis.min - half + 2 * half * k); };
  const meaning = (phase) => ["indistinguishable", `${names[1]} favoured`, `${names[0]} favoured`, "trade-off"][phase];

  function begin(solver, now, registry) {
    ask = solver;
    view = now;
    const study = View.mapStudyOf(view);
    if (study === key) return void schedule();
    key = study;
    window_ = View.windowOf(view);
    const pair = view.optimizers.slice(0, 2).map((name) => registry.find((o) => o.name === name));
    names = pair.map((o) => o.label);
    colors = [mixed("#8c8c8c", 0.5), mixed(pair[1].color, 0.5), mixed(pair[0].color, 0.5), mixed("#f0e442", 0.55)];
    rows = Array.from({ length: size }, () => Array(size).fill(null));
    const own = nearest(window_.alpha, view.alpha), columns = Array.from({ length: size }, (_, i) => i);
    queue = [...columns.filter((i) => i % stride === 0).map((i) => [i, stride]),
      ...columns.sort((a, b) => Math.abs(a - own) - Math.abs(b - own)).map((i) => [i, 1])];
    failure = "";
    spent = null;
    began = performance.now();
    document.getElementById("map-legend").replaceChildren(legendList([2, 1, 3, 0].map((phase) => ({ text: meaning(phase), fill: { color: colors[phase] }, area: true }))));
    schedule();
    work();
  }

  async function work() {
    if (busy) return;
    busy = true;
    while (queue.length) {
      const [column, step] = queue.shift(), study = key;
      const { answer } = await ask("cells", [study, column, 0, step]);
      if (study !== key) continue;
      if (answer.error) {
        failure = answer.error;
        queue = [];
      } else {
        const reach = step === 1 ? 0 : Math.floor(step / 2);
        answer.rows.forEach((row, k) => {
          for (let i = column - reach; i <= column + reach; ++i)
            for (let j = row - reach; j <= row + reach; ++j)
              if (i >= 0 && i < size && j >= 0 && j < size && (step === 1 || rows[i][j] === null || rows[i][j].coarse))
                rows[i][j] = { phase: answer.phase[k], crossing: answer.crossing[k], coarse: step > 1 };
        });
      }
      if (!queue.length && !failure) spent = performance.now() - began;
      schedule();
    }
    busy = false;
  }

  const schedule = () => { drawn ||= requestAnimationFrame(() => { drawn = 0; draw(); }); };
  function draw() {
    const { alpha, beta } = window_, x = edges(alpha), y = edges(beta);
    const axis = (label, places) => ({ label, log: false, min: places[0], max: places.at(-1), zero: null, first: places[0], categories: [] });
    const marker = (color, scale) => ({ kind: "points", x: [view.alpha], y: [view.beta], upper: [], legend: "", style: { color, opacity: 1, width: 1, dash: [], marker: "open circle", size: scale } });
    const picture = mapPicture({ title: "", width: 2, height: 1.5, marks: [], x: axis("data exponent α", x), y: axis("target exponent β", y),
      cells: { x, y, rgb: rows.map((column) => column.map((cell) => (cell === null ? "none" : colors[cell.phase]))) },
      series: [marker("#ffffff", 7), marker("#000000", 5.5)] }, width, height, false);
    document.getElementById("phase-map").replaceChildren(picture);
    const cell = rows[nearest(alpha, view.alpha)][nearest(beta, view.beta)];
    const place = `α = ${short(view.alpha)}, β = ${short(view.beta)}`, unit = view.batch === Infinity ? " (steps · B/n)" : " steps";
    const said = failure || (cell === null ? `${place}: computing …` : `${place}: ${meaning(cell.phase)}` +
      (cell.crossing ? `, changes sides at T ≈ ${short(Number(cell.crossing.toPrecision(2)))}${unit}` : "") + ", each at its best constant rate for each horizon up to 10⁹.");
    document.getElementById("phase-map").dataset.milliseconds = spent === null ? "" : spent.toFixed(0);
    document.getElementById("cell").textContent = said;
    document.getElementById("phase-map").setAttribute("aria-label", `Phase map of ${names.join(" and ")}; ${said}`);
  }

  // Calls move(α, β) where the map is clicked, and for arrow keys.
  function listen(move) {
    const map = document.getElementById("phase-map"), two = (v) => Number(Math.max(v, 0).toFixed(2));
    map.addEventListener("click", (event) => {
      const box = map.firstChild.getBoundingClientRect(), scale = (width + margin.left + margin.right) / box.width;
      const across = ((event.clientX - box.left) * scale - margin.left) / width, up = 1 - ((event.clientY - box.top) * scale - margin.top) / height;
      if (across < 0 || across > 1 || up < 0 || up > 1) return;
      const x = edges(window_.alpha), y = edges(window_.beta);
      move(two(x[0] + across * (x.at(-1) - x[0])), two(y[0] + up * (y.at(-1) - y[0])));
    });
    map.addEventListener("keydown", (event) => {
      const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!step) return;
      event.preventDefault();
      const by = (axis, n) => n * (axis.max - axis.min) / (axis.count - 1);
      move(two(view.alpha + by(window_.alpha, step[0])), two(view.beta + by(window_.beta, step[1])));
    });
  }
  return { begin, listen, draw: () => key && schedule() };
})();
