#!/usr/bin/env python3
"""𝒮 and the time to 2ε against the spectral power p: docs/paper/spectral-power.png, and the numbers as a Markdown table.

    PYTHONPATH=build/python /usr/bin/python3 data/paper/spectral-power.py [FIGURE.png]

Each run has the constant rate whose floor is ε, η = 2√ε/𝒮; its time is the first at which R ≤ 2ε, by interpolation
between recorded steps. Powers below 0 are damped as data/paper/spectral-power.toml says.
"""

import pathlib
import sys
import tempfile

import h5py
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np

import muonphase

HERE = pathlib.Path(__file__).resolve().parent
POWERS = [-1, -0.75, -0.5, -0.25, 0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1]
LEVELS = [4, 6, 8, 10]  # ε = 2^−level


def study_of(power, **changes):
    return muonphase.Study.load(HERE / "spectral-power.toml",
                                set={"run.optimizer.spectral-power.power": power, **changes})


def noise_coefficient(power):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "coefficients.h5"
        muonphase.coefficients(study_of(power)).save(file)
        with h5py.File(file) as saved:
            return float(saved["spectral-power"].attrs["noise_coefficient"])


def time_to(power, level):
    """First step with R ≤ 2ε; NaN when the run does not get there."""
    floor = 2.0 ** -level
    rate = {"policy": "floor", "risk": floor}
    curve = muonphase.ode(study_of(power, **{"run.steps": 1e8, "run.record": 1000,
                                             "run.learning_rate.spectral-power": rate}))
    step, risk = curve.spectral_power.step, curve.spectral_power.risk
    after = int(np.argmax(risk <= 2 * floor))
    if risk[after] > 2 * floor:
        return float("nan")
    pair = slice(after - 1, after + 1)
    return float(np.interp(-np.log(2 * floor), -np.log(risk[pair]), step[pair]))


def written(time):
    return "—" if np.isnan(time) else f"{time:.4g}"


def main(figure_path):
    noise = [noise_coefficient(power) for power in POWERS]
    times = {level: [] for level in LEVELS}
    print("| p | 𝒮 | " + " | ".join(f"ε = 2^−{level}" for level in LEVELS) + " |")
    print("|---" * (2 + len(LEVELS)) + "|")
    for power, of_power in zip(POWERS, noise):
        for level in LEVELS:
            times[level].append(time_to(power, level))
        print(f"| {power:g} | {of_power:.4g} | " + " | ".join(written(times[level][-1]) for level in LEVELS) + " |",
              flush=True)

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    left.plot(POWERS, noise, "o-", color="#8822EE", markersize=4)
    left.set(ylabel="noise coefficient $\\mathcal{S}$")
    for level, shade in zip(LEVELS, plt.cm.viridis(np.linspace(0, 0.85, len(LEVELS)))):
        right.plot(POWERS, times[level], "o-", color=shade, markersize=4, label=rf"$\varepsilon = 2^{{-{level}}}$")
    right.set(ylabel=r"steps to $R \leq 2\varepsilon$")
    right.legend(frameon=False, loc="lower left", fontsize=9)
    for axes in (left, right):
        axes.set(xlabel="spectral power p (0: SignSVD, 1: normalised gradient)", xlim=(-1.06, 1.06), yscale="log",
                 xticks=[-1, -0.5, 0, 0.5, 1])
        axes.axvline(0, color="0.8", linewidth=0.8, zorder=0)
    figure.savefig(figure_path, dpi=150)


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else HERE.parents[1] / "docs" / "paper" / "spectral-power.png")
