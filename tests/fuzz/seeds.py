"""Seed corpora for the fuzz targets, made from data/ and by the command: seeds.py DATA CORPORA COMMAND."""

import gzip
import io
import pathlib
import subprocess
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from small_studies import KINDS, STUDY

data, corpora, command = map(pathlib.Path, sys.argv[1:])


def keep(target, name, content):
    folder = corpora / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())


ASSIGNMENTS = ("#set problem.batch=infinite\n#set run.optimizers=[\"muon\", \"adam\"]\n#set problem.input.alpha=0.5\n"
               "#set run.learning_rate.muon={policy = \"power\", eta0 = 0.1, t0 = 10, gamma = 1.0}\n#set title=a b\n")
for path in data.rglob("*.toml"):
    text = path.read_text()
    if len(text) < 4000:
        keep("study", "-".join(path.relative_to(data).parts), text)
        keep("study", "set-" + "-".join(path.relative_to(data).parts), ASSIGNMENTS + text)

values = np.arange(1, 13) ** -1.4
lines = [f"{j},{v:.6g}" for j, v in enumerate(values, 1)]
tables = {
    "plain.txt": "\n".join(f"{v:.6g}" for v in values),
    "names.csv": "step,risk\n" + "\n".join(lines),
    "loss.csv": "iter,loss\n" + "\n".join(lines),
    "comma.csv": "\ufeffstep;risk\r\n" + "\r\n".join(line.replace(",", ";").replace(".", ",") for line in lines),
    "tabs.txt": "# a title\n\nvalue\tother\n" + "\n".join(line.replace(",", "\t") for line in lines),
    "quoted.csv": '"index","value"\n' + "\n".join(f'"{j}","{v:g}"' for j, v in enumerate(values)),
    "words.csv": "step,risk\n1,nan\n2,inf\n3,low\n",
    "ragged.csv": "1,2\n3\n4,5,6\n",
}
contents = {name: text.encode() for name, text in tables.items()}
contents["utf16.txt"] = tables["names.csv"].encode("utf-16")
contents["lam.txt.gz"] = gzip.compress(contents["plain.txt"], mtime=0)
for name, array in {"f8": values, "f4": values.astype("f4"), "column": values[:, None], "i2": np.arange(6).reshape(2, 3).astype(">i2")}.items():
    buffer = io.BytesIO()
    np.save(buffer, array)
    contents[f"{name}.npy"] = buffer.getvalue()
for name, save in {"stored": np.savez, "compressed": np.savez_compressed}.items():
    buffer = io.BytesIO()
    save(buffer, values, value=values[:, None])
    contents[f"{name}.npz"] = buffer.getvalue()
for path in data.rglob("*.csv"):
    contents[path.name] = path.read_bytes()[:2000]
for name, content in contents.items():
    keep("table", name, content)
    keep("overlay", name, content)

head = b"phase\0title = \"\"\n"
record = values.tobytes()
keep("journal", "framed", b"\0" + bytes([len(head)]) + head + (bytes([len(record)]) + record) * 3)
keep("journal", "short", b"\0" + bytes([len(head)]) + head + b"\3abc")
keep("journal", "torn", b"muonphase journal 2\n" + b"\x10" + bytes(7) + b"x" * 9)
keep("journal", "old", b"muonphase journal 1\n")

results = corpora / "hdf5"
results.mkdir(parents=True, exist_ok=True)
(corpora / "small.toml").write_text(STUDY)
for kind in KINDS:
    subprocess.run([command, kind, corpora / "small.toml", "-o", results / f"{kind}.h5", "--force", "-q"],
                   check=True, stderr=subprocess.DEVNULL)
