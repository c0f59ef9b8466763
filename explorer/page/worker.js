"use strict";
// One worker: the solver behind messages. The first brings its code, packed or as the module that another worker made of it;
// then a file is kept, and {id, call, args} is answered by {id, answer, milliseconds}.
let solver = null, ready = null;

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

function answer({ id, call, args, file }) {
  try {
    if (file) return void solver.FS.writeFile(file.name, new Uint8Array(file.bytes));
    const began = performance.now(), types = args.map((a) => (typeof a === "number" ? "number" : "string"));
    const said = JSON.parse(solver.ccall("explorer_" + call, "string", types, args));
    postMessage({ id, answer: said, milliseconds: performance.now() - began });
  } catch (error) {
    postMessage({ id, failed: String(error) });
  }
}

onmessage = ({ data }) => {
  if (ready) ready.then(() => answer(data));
  else ready = start(data).catch((error) => postMessage({ failed: String(error) }));
};
