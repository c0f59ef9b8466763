#!/usr/bin/env python3
"""The tables of docs/muon.md that come from coefficients alone, as Markdown.

    PYTHONPATH=build/python /usr/bin/python3 scripts/muon-tables.py [sets | steps | momentum]…

sets      Muon's coefficient sets side by side at B = 2n: the noise coefficient 𝒮; the speed A²/C at which the risk falls at
          first at the best learning rate, A = Σ λ f v and C = Σ λ V, and the last mode's drift relative to the first one's,
          both relative to exact orthogonalization; the least singular value over ‖M‖_F that the steps bring above 0.7, and
          the share of all singular values above it. Some minutes, most of them at n = 10⁴.
steps     k Newton–Schulz steps against exact orthogonalization in the limit of large batches.
momentum  B_eq/B, where B_eq is the batch without momentum that has the same A²/C as momentum at batch B.
"""

import math
import pathlib
import sys
import tempfile

import h5py

import muonphase

SETS = ["exact", "jordan", "cesista", "polar-express", "cubic", "jordan-long"]


def coefficients(n, alpha, beta, batch, **muon):
    """Muon's coefficients, its A²/C, and the last drift over the first."""
    options = {"problem.n_out": n, "problem.n_in": n, "problem.batch": batch, "problem.input.alpha": alpha,
               "problem.target.beta": beta, "run.optimizers": ["muon"]}
    options |= {f"run.optimizer.muon.{key}": value for key, value in muon.items()}
    result = muonphase.coefficients(muonphase.Study().replaced(options))
    muon = result["muon"]
    weight = muon.weight_in * muon.eigenvalue_in
    speed = (weight * muon.drift * muon.mode_in ** -beta).sum() ** 2 / (weight * muon.diffusion).sum()
    return result, speed, muon.drift[-1] / muon.drift[0]


def attributes(result):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "coefficients.h5"
        result.save(file)
        with h5py.File(file) as saved:
            return dict(saved["muon"].attrs)


def header(*columns):
    print("| " + " | ".join(columns) + " |\n" + "|---" * len(columns) + "|", flush=True)


def sets():
    header("n = d", "α", "set", "𝒮", "A²/C", "last mode's drift", "brought above 0.7 from", "of the modes")
    for n in (128, 1024, 10000):
        for alpha in (0.8, 1.5):
            for name in SETS:
                exact = name == "exact"
                chosen = {"orthogonalization": "exact"} if exact else {"coefficients": name}
                result, speed, last = coefficients(n, alpha, 0.7, 2 * n, momentum=0.95, **chosen)
                if exact:
                    exact_speed, exact_last = speed, last
                muon = attributes(result)
                print(f"| {n} | {alpha} | {name} | {muon['noise_coefficient']:.2f} | {speed / exact_speed:.2f} "
                      f"| {last / exact_last:.2f} | {muon['reach']:.2g} | {100 * muon['modes_reached']:.0f} % |", flush=True)


def steps():
    header("n = d", "α", "last mode's drift, k = 1, 3, 5, 8", "A²/C, k = 1, 3, 5, 8")
    for n in (128, 1024):
        for alpha in (0.6, 1.4, 2.2):
            _, exact_speed, exact_last = coefficients(n, alpha, 0.6, "infinite", momentum=0.95, orthogonalization="exact")
            rows = [coefficients(n, alpha, 0.6, "infinite", momentum=0.95, steps=k)[1:] for k in (1, 3, 5, 8)]
            print(f"| {n} | {alpha} | " + ", ".join(f"{last / exact_last:.2g}" for _, last in rows) + " | "
                  + ", ".join(f"{speed / exact_speed:.2f}" for speed, _ in rows) + " |", flush=True)


def equivalent_batch(n, alpha, speed, orthogonalization, most):
    """The batch up to `most` without momentum whose A²/C is `speed`, which grows with the batch; in logarithms between
    integers."""
    def without(batch):
        return coefficients(n, alpha, 0.6, batch, momentum=0, orthogonalization=orthogonalization)[1]

    low, high = 1, most
    while high - low > max(1, low // 16):
        middle = round(math.sqrt(low * high))
        low, high = (middle, high) if without(middle) < speed else (low, middle)
    at_low, at_high = without(low), without(high)
    return low * (high / low) ** (math.log(speed / at_low) / math.log(at_high / at_low))


def momentum():
    batches = (8, 64, 512, 4096)
    header("α, orthogonalization, μ", *(f"B = {batch}" for batch in batches))
    for alpha in (0.6, 1.4):
        for orthogonalization, average in (("exact", 0.8), ("exact", 0.95), ("newton-schulz", 0.95)):
            cells = []
            for batch in batches:
                speed = coefficients(1024, alpha, 0.6, batch, momentum=average, orthogonalization=orthogonalization)[1]
                cells.append(equivalent_batch(1024, alpha, speed, orthogonalization, 2 * batch) / batch)
            print(f"| {alpha}, {orthogonalization}, {average} | " + " | ".join(f"{cell:.2f}" for cell in cells) + " |",
                  flush=True)


TABLES = {"sets": sets, "steps": steps, "momentum": momentum}

if __name__ == "__main__":
    wanted = sys.argv[1:] or list(TABLES)
    if not set(wanted) <= set(TABLES):
        sys.exit(__doc__)
    for table in wanted:
        TABLES[table]()
        print()
