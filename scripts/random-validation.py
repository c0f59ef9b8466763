#!/usr/bin/env python3
"""Draws validation studies at random: sizes, exponents, batch, noise, bases, one- and two-sided. The seed decides all of
them, before any is run.

    scripts/random-validation.py SEED COUNT FOLDER      writes FOLDER/random-01.toml, …

Rates are matched to a floor, a share of the start's excess risk that is drawn too: training that neither crawls nor
diverges.
"""
import pathlib
import random
import sys


def power_sum(count, exponent):
    return sum(j ** -exponent for j in range(1, count + 1))


def whole(draw, low, high):
    """Evenly spread in the logarithm."""
    return round(low * (high / low) ** draw.random())


def study(draw, name, seed):
    n_out, n_in = whole(draw, 32, 160), whole(draw, 32, 160)
    batch = whole(draw, 8, 512)
    alpha, beta = round(draw.uniform(0, 2.2), 2), round(draw.uniform(0, 2), 2)
    two_sided = draw.random() < 0.25
    alpha_out = round(draw.uniform(0.2, 0.9), 2) if two_sided else 0
    signal = power_sum(n_in, alpha + beta) * (power_sum(n_out, alpha_out) / n_out)
    noise = round((signal * draw.choice([0, 0, 0.3, 1, 3])) ** 0.5, 4)
    basis = draw.choice(["haar", "haar", "eigen", "hadamard"])
    share = 10 ** draw.uniform(-2.3, -1)
    floor = float(f"{0.5 * (noise ** 2 + share * signal):.4g}")
    output = f'[problem.output]\nspectrum = "power-law"\nalpha = {alpha_out}\nbasis = "eigen"\n' if two_sided else ""
    return f"""title = "{name}"
seed = {seed}

[problem]
n_out = {n_out}
n_in = {n_in}
batch = {batch}
label_noise = {noise}
[problem.input]
alpha = {alpha}
basis = "{basis}"
{output}[problem.target]
beta = {beta}

[run]
optimizers = ["signsvd", "signsgd"]
steps = {whole(draw, 150, 1200)}
record = 60
[run.learning_rate]
signsvd = {{policy = "floor", risk = {floor}}}
signsgd = {{policy = "floor", risk = {floor}}}

[simulate]
trials = 24
"""


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    seed, count, folder = int(sys.argv[1]), int(sys.argv[2]), pathlib.Path(sys.argv[3])
    draw = random.Random(seed)
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(1, count + 1):
        name = f"random-{i:02d}"
        (folder / f"{name}.toml").write_text(study(draw, name, seed + i))


main()
