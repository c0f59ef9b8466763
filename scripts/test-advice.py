#!/usr/bin/env python3
"""Tests what `muonphase tune` advises by training around it: a 5 x 5 grid of rates and batches at the same budget.

    /usr/bin/python3 scripts/test-advice.py STUDY TUNED.h5 [--muonphase build/muonphase] [--trials 16]

STUDY is the study that was tuned, TUNED.h5 the result. Rates are 1/4, 1/2, 1, 2 and 4 times the advised one, batches
likewise, each for as many steps as the budget of the last horizon pays for. Prints the mean risks as a Markdown table
and exits with 3 where a cell is better than the advice by more than two standard errors of their difference and 1 %.
"""
import argparse
import math
import pathlib
import subprocess
import sys
import tempfile

import h5py

FACTORS = (0.25, 0.5, 1, 2, 4)


def trained(command, study, optimizer, batch, rate, steps, trials, folder):
    output = folder / "trained.h5"
    subprocess.run(
        [command, "simulate", study, "-o", output, "--force", "--quiet", "--no-progress",
         "--set", f'run.optimizers=["{optimizer}"]', "--set", f"problem.batch={batch}", "--set", f"run.steps={steps}",
         "--set", "run.record=2", "--set", f"run.learning_rate.{optimizer}={rate!r}", "--set", f"simulate.trials={trials}"],
        check=True)
    with h5py.File(output) as file:
        return file[f"{optimizer}/risk"][-1], file[f"{optimizer}/risk_sem"][-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("study")
    parser.add_argument("tuned")
    parser.add_argument("--muonphase", default="build/muonphase")
    parser.add_argument("--trials", type=int, default=16)
    arguments = parser.parse_args()
    with h5py.File(arguments.tuned) as file:
        optimizer, budget = file.attrs["best_optimizer"], file.attrs["budget"]
        optimizer, budget = (x.decode() if isinstance(x, bytes) else x for x in (optimizer, budget))
        batch, rate = int(file.attrs["best_batch"]), float(file.attrs["best_learning_rate"])
        total = file["horizon"][-1]
        paid = file[f"{optimizer}/steps"][list(file["batch"][:]).index(batch), -1]
    if budget not in ("steps", "samples"):
        sys.exit("test-advice: knows budgets of steps and samples")
    print(f"advice: {optimizer} at B = {batch}, rate {rate:.4g}, {paid:.6g} steps ({total:.6g} {budget})\n")
    risks = {}
    with tempfile.TemporaryDirectory() as folder:
        for b in FACTORS:
            size = max(1, round(batch * b))
            steps = max(1, round(total if budget == "steps" else total / size))
            for r in FACTORS:
                risks[b, r] = trained(arguments.muonphase, arguments.study, optimizer, size, rate * r, steps,
                                      arguments.trials, pathlib.Path(folder))
    print("| batch | " + " | ".join(f"rate × {r:g}" for r in FACTORS) + " |")
    print("|" + "---|" * (len(FACTORS) + 1))
    for b in FACTORS:
        cells = [f"{risks[b, r][0]:.5f} ± {risks[b, r][1]:.5f}" for r in FACTORS]
        print(f"| {max(1, round(batch * b))} | " + " | ".join(cells) + " |")
    advised, error = risks[1, 1]
    if budget == "steps":  # larger batches cost nothing there
        rivals = {k: v for k, v in risks.items() if k[0] <= 1}
    else:
        rivals = risks
    best = min(rivals, key=lambda k: rivals[k][0] if math.isfinite(rivals[k][0]) else math.inf)
    gain = advised - rivals[best][0]
    allowed = 2 * math.hypot(error, rivals[best][1]) + 0.01 * advised
    print(f"\nbest of the grid: batch × {best[0]:g}, rate × {best[1]:g}, {gain / advised:.2%} below the advice "
          f"({allowed / advised:.2%} allowed)")
    sys.exit(3 if gain > allowed else 0)


if __name__ == "__main__":
    main()
