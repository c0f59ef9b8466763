#!/usr/bin/env python3
"""Kills runs at random times, continues them with --resume, and compares with an undisturbed run.

    scripts/kills.py                       # 1000 kills: about twelve minutes on one core
    scripts/kills.py --kills 60 --disks 6 --pairs 6

Four ways to disturb phase, simulate and validate: SIGKILL, SIGTERM, a disk that fills up (a small tmpfs, as root only),
and a second process on the same output. Held after each: what was kept before is still there, and the finished result
has the bits of the undisturbed one, with nothing left beside it. Prints one row of a table for each; exits with 1 at
the first failure. Needs h5py.
"""

import os
import pathlib
import random
import signal
import struct
import subprocess
import sys
import tempfile
import time

from small_studies import STUDY, h5py, np, parser

# What makes the small study long enough to be disturbed.
KEYS = ["problem.n_out=10", "problem.n_in=8", "problem.batch=12", "run.steps=600", "run.record=20",
        "run.learning_rate.signsvd=0.004", "run.learning_rate.signsgd=0.002", "ode.bases=16", "simulate.trials=4",
        "phase.alpha={min=0.0,max=2.6,count=8}", "phase.beta={min=0.0,max=3.0,count=9}",
        "phase.horizons={min=1.0,max=1e6,count=24}", "phase.dimension=3000"]
# Attributes that differ between any two runs.
OF_THE_RUN = {"created", "command_line", "training_seconds", "theory_seconds"}


class Failure(Exception):
    pass


def contents(path):
    """Every dataset and attribute of a result, as bytes."""
    found = {}

    def keep(name, item):
        if isinstance(item, h5py.Dataset):
            found[name] = (item.shape, np.asarray(item[()]).tobytes())
        for key, value in item.attrs.items():
            if key not in OF_THE_RUN and not isinstance(value, np.ndarray):
                found[f"{name}@{key}"] = str(value)

    with h5py.File(path, "r") as file:
        keep("", file)
        file.visititems(keep)
    return found


def kept(partial):
    """What an unfinished run has kept: the records of a journal, or the steps of each trial of a checkpoint. None of a
    result that is whole but for its name."""
    data = partial.read_bytes() if partial.exists() else b""
    if data.startswith(b"muonphase journal"):
        at, records = data.index(b"\n") + 1, set()
        while len(data) - at >= 16 and len(data) - at - 16 >= struct.unpack_from("<Q", data, at)[0]:
            size = struct.unpack_from("<Q", data, at)[0]
            records.add(data[at + 16:at + 16 + size])
            at += 16 + size
        return records
    if not data:
        return {}
    with h5py.File(partial, "r") as file:
        if "checkpoint" not in file:
            return None
        trials = {name: int(np.max(group["step"])) for name, group in file["checkpoint"].items()
                  if isinstance(group, h5py.Group) and "step" in group}
        theory = {f"theory of {name}": np.shape(rows)[0] for name, rows in file.get("checkpoint/theory", {}).items()}
    return {**trials, **theory}


def at_least(before, now):
    if now is None or before is None:
        return now is None
    if isinstance(before, set) and isinstance(now, set):
        return before <= now
    return not before or all(now.get(name, -1) >= steps for name, steps in before.items())


class Trial:
    """Runs of one kind in a folder of their own, beside an undisturbed run of the same study."""

    def __init__(self, command, kind, folder):
        self.kind, self.folder = kind, pathlib.Path(folder)
        (self.folder / "study.toml").write_text(STUDY)
        self.line = [command, kind, str(self.folder / "study.toml"), "-q", "--threads", "1"]
        for key in KEYS:
            self.line += ["--set", key]
        if kind != "phase":
            self.line += ["--checkpoint", "0.02"]
        whole = self.folder / "whole.h5"
        self.seconds = np.inf  # the shortest of three: other processes may be at work
        for _ in range(3):
            whole.unlink(missing_ok=True)
            start = time.monotonic()
            code, errors = self.finish(self.start(whole))
            self.seconds = min(self.seconds, time.monotonic() - start)
            if code != 0:
                raise Failure(f"{kind} undisturbed: exit code {code}, {errors}")
        self.whole = contents(whole)

    def start(self, out):
        return subprocess.Popen([*self.line, "-o", str(out), "--resume"], stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, text=True)

    def finish(self, process):
        errors = process.communicate(timeout=600)[1]
        return process.returncode, errors.strip()

    def require_whole(self, out):
        if not out.exists():
            raise Failure(f"{self.kind}: {out} is not there after a run that ended well")
        now = contents(out)
        different = [name for name in self.whole.keys() | now.keys() if self.whole.get(name) != now.get(name)]
        if different:
            raise Failure(f"{self.kind}: other data in {', '.join(sorted(different)[:5])}")
        beside = [p.name for p in out.parent.iterdir() if p.name.startswith(out.name + ".")]
        if beside:
            raise Failure(f"{self.kind}: left behind: {', '.join(beside)}")

    def require_end(self, out):
        code, errors = self.finish(self.start(out))
        if code != 0:
            raise Failure(f"{self.kind}: --resume gives {code}: {errors}")
        self.require_whole(out)


def kills(trial, count, sent, rng):
    """`count` signals over several runs; each run is finished after a few, and compared."""
    done = runs = early = 0
    while done < count:
        folder = trial.folder / f"run{runs}"
        folder.mkdir()
        out, before = folder / "out.h5", {}
        for _ in range(min(rng.randint(1, 10), count - done)):
            process = trial.start(out)
            time.sleep(rng.uniform(0, trial.seconds))
            process.send_signal(sent)
            code, errors = trial.finish(process)
            if code not in (0, -sent, 130 if sent == signal.SIGTERM else -sent):
                raise Failure(f"{trial.kind}: {sent.name} gives {code}: {errors}")
            done += 1
            if out.exists():
                early += 1
                break
            now = kept(out.with_name("out.h5.partial"))
            if not at_least(before, now):
                raise Failure(f"{trial.kind}: lost what was kept: {before} before, {now} after {sent.name}")
            before = now
        trial.require_end(out)
        runs += 1
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
    return f"{done} signals over {runs} runs ({early} came too late)"


def full_disks(trial, count, rng):
    """Runs on a disk too small for them, continued when it has grown."""
    disk, refused = trial.folder / "disk", 0
    disk.mkdir()
    for _ in range(count):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={4 * rng.randint(2, 30)}k", "tmpfs", disk], check=True)
        try:
            code, errors = trial.finish(trial.start(disk / "out.h5"))
            if code not in (0, 4) or code == 4 and "No space left" not in errors:
                raise Failure(f"{trial.kind} on a full disk: exit code {code}: {errors}")
            refused += code == 4
            subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
            trial.require_end(disk / "out.h5")
        finally:
            subprocess.run(["umount", disk], check=True)
    return f"{count} disks, {refused} of them full"


def pairs(trial, count, rng):
    """Two runs begun on one output at nearly the same time: one of them works."""
    refused = 0
    for i in range(count):
        out = trial.folder / f"pair{i}.h5"
        first = trial.start(out)
        time.sleep(rng.uniform(0, trial.seconds) if i % 2 else rng.uniform(0, 0.01))
        second = trial.start(out)
        ends = [trial.finish(first), trial.finish(second)]
        codes = sorted(code for code, _ in ends)
        if codes not in ([0, 0], [0, 4]) or any(code == 4 and "at work on it" not in text for code, text in ends):
            raise Failure(f"{trial.kind} twice on one output: {ends}")
        refused += codes[1] == 4
        trial.require_whole(out)
    return f"{count} pairs, {refused} second runs refused"


def main():
    options = parser(__doc__)
    options.add_argument("--kills", type=int, default=1000, help="SIGKILLs in all; a fifth as many SIGTERMs")
    options.add_argument("--disks", type=int, default=60, help="full disks in all; none unless root")
    options.add_argument("--pairs", type=int, default=60, help="pairs of processes in all")
    options.add_argument("--seed", type=int, default=1)
    arguments = options.parse_args()
    if arguments.disks and os.geteuid() == 0 and not os.environ.get("MUONPHASE_OWN_MOUNTS"):
        os.environ["MUONPHASE_OWN_MOUNTS"] = "1"  # the disks are seen by this process and its children only
        os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])
    disks = arguments.disks if os.geteuid() == 0 else 0
    rng = random.Random(arguments.seed)
    print("| command | undisturbed | disturbed by | how often | lost |\n|---|---|---|---|---|", flush=True)
    for kind in ("phase", "simulate", "validate"):
        with tempfile.TemporaryDirectory() as folder:
            trial = Trial(arguments.command, kind, folder)
            for what, count, disturb in [
                ("SIGKILL", arguments.kills // 3 + (kind == "phase") * (arguments.kills % 3),
                 lambda n: kills(trial, n, signal.SIGKILL, rng)),
                ("SIGTERM", arguments.kills // 15, lambda n: kills(trial, n, signal.SIGTERM, rng)),
                ("full disk", disks // 3, lambda n: full_disks(trial, n, rng)),
                ("a second process", arguments.pairs // 3, lambda n: pairs(trial, n, rng)),
            ]:
                if count:
                    print(f"| {kind} | {trial.seconds:.2f} s | {what} | {disturb(count)} | 0 |", flush=True)


if __name__ == "__main__":
    try:
        main()
    except Failure as failure:
        sys.exit(f"kills: {failure}")
