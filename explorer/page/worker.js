"use strict";
// One worker: the solver behind messages. The first brings its code, packed or as the module that another worker made of it;
// then {id, call, args, file} is answered by {id, answer, milliseconds}.
let solver = null;

async function unpacked(code) {
  const bytes = Uint8Array.from(atob(code), (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return WebAssembly.compile(await new Response(stream).arrayBuffer());
}

async function start({ code, module }) {
  const compiled = module ?? await unpacked(code);
  solver = await muonphaseSolver({
    instantiateWasm: (imports, receive) => {
      WebAssembly.instantiate(compiled, imports).then((instance) => receive(instance, compiled));
      return {};
    },
    print: () => {}, printErr: () => {},
  });
  postMessage({ module: compiled });
}

function call(name, args, file) {
  if (file) solver.FS.writeFile(file.name, new Uint8Array(file.bytes));
  const types = args.map((a) => (typeof a === "number" ? "number" : "string"));
  return JSON.parse(solver.ccall("explorer_" + name, "string", types, args));
}

onmessage = async ({ data }) => {
  try {
    if (!solver) return void await start(data);
    const began = performance.now(), answer = call(data.call, data.args, data.file);
    postMessage({ id: data.id, answer, milliseconds: performance.now() - began });
  } catch (error) {
    postMessage({ id: data.id, failed: String(error) });
  }
};
