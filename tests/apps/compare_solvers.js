"use strict";
// Whether two builds of the explorer's solver give the same numbers. Usage: compare_solvers.js COMMITTED_FOLDER BUILD_FOLDER
const fs = require("fs"), path = require("path"), zlib = require("zlib");

const committed = (folder) => zlib.gunzipSync(Buffer.from(fs.readFileSync(path.join(folder, "solver.wasm.gz.base64"), "utf8"), "base64"));
const built = (folder) => fs.readFileSync(path.join(folder, "solver.wasm"));
const start = (folder, code) => require(path.resolve(folder, "solver.js"))({ wasmBinary: code });
const ask = (solver, call, ...args) =>
  JSON.parse(solver.ccall("explorer_" + call, "string", args.map((a) => (typeof a === "number" ? "number" : "string")), args));

const problem = (inputs, batch) => `[problem]\nn_out = 300\nn_in = ${inputs}\nbatch = ${batch}\n[problem.input]\nalpha = 1.3\nbasis = "generic"\n[ode]\nclosure = "linear"\n`;
const studies = [
  problem(500, 200) + '[run]\noptimizers = ["signsvd", "signsgd", "sgd"]\n',
  problem(1e6, 1e5) + '[run]\noptimizers = ["muon", "adam"]\nsteps = 10000\n[run.learning_rate]\nadam = {policy = "greedy"}\n',
  problem(1e5, '"infinite"') + '[run]\noptimizers = ["signum", "spectral-power"]\n',
];

// The largest relative difference of all numbers of two answers of one shape.
function apart(a, b) {
  if (typeof a === "number" && typeof b === "number") return a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
  if (a === null || b === null || typeof a !== "object") return a === b ? 0 : Infinity;
  const keys = Object.keys(a);
  if (keys.join() !== Object.keys(b).join()) return Infinity;
  return Math.max(0, ...keys.map((key) => apart(a[key], b[key])));
}

(async () => {
  const [, , old, now] = process.argv;
  const solvers = [await start(old, committed(old)), await start(now, built(now))];
  let worst = 0;
  for (const study of studies) {
    const answers = solvers.map((solver) => ask(solver, "curves", study));
    if (answers[0].error) throw new Error(answers[0].error);
    worst = Math.max(worst, apart(...answers));
  }
  worst = Math.max(worst, apart(...solvers.map((solver) => ask(solver, "optimizers"))));
  console.log(`largest relative difference ${worst}`);
  if (!(worst < 1e-10)) {
    console.log("explorer/built is of other sources: scripts/build-explorer.sh builds it anew");
    process.exit(1);
  }
})();
