#!/usr/bin/env python3
"""Steps per second of `muonphase simulate` and of a NumPy + OpenBLAS script that takes the same step, side by side.

    bench/simulator_speed.py build/muonphase [--sizes 256 512] [--threads 2] [--seconds 4] [--cpu]

NumPy takes one trial with OpenBLAS on all threads; muonphase takes as many trials as threads, and a single one. --cpu
compares seconds of processor time on one thread each instead, for machines with other work to do.
"""
import argparse
import os
import subprocess
import sys
import tempfile
import time

STUDY = """
[problem]
n_out = {n}
n_in = {n}
batch = {n}
[run]
steps = {steps}
record = 2
optimizers = ["{optimizer}"]
[run.learning_rate]
{optimizer} = 1e-4
[simulate]
trials = {trials}
"""


def core_type():
    """The best OpenBLAS kernel for this processor: old versions take new Xeons for something without AVX."""
    flags = open("/proc/cpuinfo").read()
    return "SKYLAKEX" if "avx512f" in flags else "HASWELL" if "avx2" in flags else None


def numpy_steps(optimizer, n, seconds):
    """[steps per second, processor seconds per step] of the script; runs in a process of its own."""
    import numpy as np

    rng = np.random.default_rng(1)
    scale = np.arange(1, n + 1.0) ** -0.7
    basis = np.linalg.qr(rng.standard_normal((n, n)))[0]
    delta = rng.standard_normal((n, n)) * np.arange(1, n + 1.0) ** -0.3 / np.sqrt(n)
    if optimizer == "signsgd":
        delta = delta @ basis.T

    def step():
        nonlocal delta
        x_out = rng.standard_normal((n, n))
        x_in = rng.standard_normal((n, n)) * scale
        if optimizer == "signsgd":
            x_in = x_in @ basis.T
        residual = np.einsum("bj,bj->b", x_out @ delta, x_in) / n
        gradient = x_out.T @ (residual[:, None] * x_in)
        if optimizer == "signsgd":
            direction = np.sign(gradient)
        else:
            u, _, vt = np.linalg.svd(gradient, full_matrices=False)
            direction = u @ vt
        delta = delta - 1e-4 * direction

    step()
    count, begin, cpu = 0, time.perf_counter(), time.process_time()
    while count < 2 or time.perf_counter() - begin < seconds:
        step()
        count += 1
    return count / (time.perf_counter() - begin), (time.process_time() - cpu) / count


def run_numpy(optimizer, n, threads, seconds):
    environment = dict(os.environ, OPENBLAS_NUM_THREADS=str(threads))
    if core_type():
        environment["OPENBLAS_CORETYPE"] = core_type()
    out = subprocess.run([sys.executable, __file__, "--numpy", optimizer, str(n), str(seconds)], env=environment,
                         check=True, capture_output=True, text=True).stdout
    return [float(x) for x in out.split()]


def run_muonphase(command, optimizer, n, threads, trials, seconds):
    """The same for the command: the difference of a long and a short run takes out what they share."""

    def run(steps, folder):
        study = os.path.join(folder, "study.toml")
        with open(study, "w") as file:
            file.write(STUDY.format(n=n, steps=steps, optimizer=optimizer, trials=trials))
        before, begin = os.times(), time.perf_counter()
        subprocess.run([command, "simulate", study, "-o", os.path.join(folder, "mc.h5"), "-q", "--force", "--threads",
                        str(threads)], check=True)
        after = os.times()
        cpu = after.children_user + after.children_system - before.children_user - before.children_system
        return time.perf_counter() - begin, cpu

    with tempfile.TemporaryDirectory() as folder:
        few = run(2, folder)
        steps = 8
        while True:
            many = run(2 + steps, folder)
            if many[0] - few[0] > seconds or steps > 1e6:
                break
            steps *= 2
    return steps * trials / (many[0] - few[0]), (many[1] - few[1]) / (steps * trials)


def main():
    if sys.argv[1:2] == ["--numpy"]:
        print(*numpy_steps(sys.argv[2], int(sys.argv[3]), float(sys.argv[4])))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command")
    parser.add_argument("--sizes", type=int, nargs="+", default=[256, 512])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--cpu", action="store_true")
    flags = parser.parse_args()
    for n in flags.sizes:
        for optimizer in ("signsvd", "signsgd"):
            if flags.cpu:
                ours = run_muonphase(flags.command, optimizer, n, 1, 1, flags.seconds)[1]
                theirs = run_numpy(optimizer, n, 1, flags.seconds)[1]
                print(f"n = d = B = {n:4d} {optimizer:8s} processor ms a step: numpy {1e3 * theirs:8.2f}  "
                      f"muonphase {1e3 * ours:8.2f}  ratio {theirs / ours:.2f}", flush=True)
                continue
            many = run_muonphase(flags.command, optimizer, n, flags.threads, flags.threads, flags.seconds)[0]
            theirs = run_numpy(optimizer, n, flags.threads, flags.seconds)[0]
            one = run_muonphase(flags.command, optimizer, n, flags.threads, 1, flags.seconds)[0]
            print(f"n = d = B = {n:4d} {optimizer:8s} steps/s on {flags.threads} threads: numpy {theirs:8.2f}  "
                  f"muonphase {many:8.2f} ({many / theirs:.2f} x), one trial {one:8.2f} ({one / theirs:.2f} x)",
                  flush=True)


if __name__ == "__main__":
    main()
