#!/usr/bin/env python3
"""Damages copies of small results and gives them to every command that reads results.

    scripts/mutants.py                    # 2000 copies
    scripts/mutants.py --copies 100 --seed 3

Each copy has one to 32 bytes flipped, a stretch zeroed, or its end cut off. info, plot, report, export and Python read
it, and a run of its study resumes from it as result and as checkpoint or journal. Held: no command ends by a signal, is
out of time (20 s), gives an undocumented exit code, or answers without a word. Prints how each ended; exits with 1 when
any broke this.
"""

import collections
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import time

from small_studies import KINDS, STUDY, parser

READ = """
import sys, muonphase
try:
    muonphase.load(sys.argv[1])._repr_html_()
except (OSError, ValueError, KeyError) as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""


def mutant(whole, rng):
    data = bytearray(whole)
    way = rng.random()
    if way < 0.7:
        for _ in range(2 ** rng.randint(0, 5)):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8) if rng.random() < 0.5 else rng.randrange(1, 256)
    elif way < 0.85:
        start = rng.randrange(len(data))
        size = rng.randint(1, 200)
        data[start:start + size] = bytes(len(data[start:start + size]))
    else:
        del data[rng.randrange(len(data)):]
    return bytes(data)


def interrupted(command, kind, folder):
    """The partial file that a run leaves when it is ended early, if it does."""
    out = folder / f"unfinished-{kind}.h5"
    line = [command, kind, str(folder / "study.toml"), "-o", str(out), "-q", "--threads", "1"]
    if kind == "phase":
        line += ["--set", "phase.alpha.count=20", "--set", "phase.beta.count=20"]
    else:
        line += ["--checkpoint", "0", "--set", "run.steps=200000"]
    process = subprocess.Popen(line, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    partial = pathlib.Path(f"{out}.partial")
    until = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < until:
        if partial.exists() and partial.stat().st_size > 6000:
            break
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.wait()
    keys = line[line.index("--set"):] if "--set" in line else []
    return partial.read_bytes(), keys


def main():
    options = parser(__doc__)
    options.add_argument("--python", help="folder of the module; that beside the command")
    options.add_argument("--copies", type=int, default=2000)
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    module = arguments.python or str(pathlib.Path(arguments.command).parent / "python")
    rng = random.Random(arguments.seed)
    ends, wrong = collections.Counter(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "study.toml").write_text(STUDY)
        whole = {}
        for kind in KINDS:
            line = [arguments.command, kind, folder / "study.toml", "-o", folder / f"{kind}.h5", "-q"]
            subprocess.run(line, check=True, stderr=subprocess.DEVNULL)
            whole[kind] = (folder / f"{kind}.h5").read_bytes()
        partials = {kind: interrupted(arguments.command, kind, folder) for kind in ("phase", "simulate", "validate")}

        def run(what, line, environment=None):
            nonlocal wrong
            try:
                done = subprocess.run(line, capture_output=True, timeout=20, env={**os.environ, **(environment or {})})
                code, said = done.returncode, done.stderr or done.stdout
            except subprocess.TimeoutExpired:
                code, said = "out of time", b"-"
            ends[what, code] += 1
            allowed = (0, 1) if what == "python" else (0, 2, 3, 4)
            if code not in allowed or (code not in (0, 3) and not said) or b"Traceback" in said:
                wrong += 1
                kept = pathlib.Path(f"mutant-{wrong}{path.suffix}")
                kept.write_bytes(path.read_bytes())
                print(f"{' '.join(map(str, line))}: {code}; kept as {kept}: {said[-200:]}", file=sys.stderr, flush=True)

        for number in range(arguments.copies):
            path = folder / "mutant.h5"
            kind = rng.choice(KINDS)
            path.write_bytes(mutant(whole[kind], rng))
            command = arguments.command
            # One reader a copy in turn, and every one for one copy in eight.
            readers = {
                "info": [command, "info", path],
                "plot": [command, "plot", path, "-o", folder / "f.svg"],
                "report": [command, "report", path, "-o", folder / "p.html"],
                "export": [command, "export", path, "--csv", folder / "tables"],
                "resume": [command, kind, folder / "study.toml", "-o", path, "--resume", "-q"],
                "python": ["/usr/bin/python3", "-c", READ, path],
            }
            for what in readers if number % 8 == 0 else [list(readers)[number % len(readers)]]:
                run(what, readers[what], {"PYTHONPATH": module} if what == "python" else None)
            for leftover in folder.glob("mutant.h5*"):
                leftover.unlink()
            if number % 4 == 0:
                kind = rng.choice(list(partials))
                data, keys = partials[kind]
                path = folder / "mutant.h5.partial"
                path.write_bytes(mutant(data, rng))
                kept = path.read_bytes()
                line = [command, kind, folder / "study.toml", "-o", folder / "mutant.h5", "--resume", "-q", *keys]
                process = subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
                try:
                    said = process.communicate(timeout=2)[1]
                except subprocess.TimeoutExpired:  # it goes on from there, which takes long: end it
                    process.terminate()
                    said = process.communicate(timeout=20)[1]
                ends["resume unfinished", process.returncode] += 1
                code = process.returncode
                if code not in (0, 2, 3, 4, 130, -signal.SIGTERM) or code in (2, 4) and not said:
                    wrong += 1
                    pathlib.Path(f"mutant-{wrong}.partial").write_bytes(kept)
                    print(f"{' '.join(map(str, line))}: {code}: {said[-200:]}", file=sys.stderr, flush=True)
                for leftover in folder.glob("mutant.h5*"):
                    leftover.unlink()
    print("| read by | exit code: how often |\n|---|---|")
    for what in dict.fromkeys(what for what, _ in ends):
        mine = sorted(((str(code), count) for (of, code), count in ends.items() if of == what))
        print(f"| {what} | {', '.join(f'{code}: {count}' for code, count in mine)} |")
    print(f"{arguments.copies} copies, {sum(ends.values())} runs, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
