#!/usr/bin/env python3
"""Muon's coefficient sets side by side, as the Markdown table of docs/muon.md.

    PYTHONPATH=build/python /usr/bin/python3 scripts/newton-schulz-sets.py data/newton-schulz-sets.toml

For each set, dimension n = n_out = n_in and exponent α, at B = 2n, from `muonphase coefficients`: the noise coefficient
𝒮; the speed A²/C at which the risk falls at first at the best learning rate, A = Σ λ f v and C = Σ λ V, relative to exact
orthogonalization; the last mode's drift relative to the first one's, over the same ratio of exact orthogonalization; the
least singular value over ‖M‖_F that the steps bring above 0.7, and the share of all singular values above it. Some
minutes, most of them at n = 10⁴.
"""

import pathlib
import sys
import tempfile
import tomllib

import h5py

import muonphase

SETS = ["exact", "jordan", "cesista", "polar-express", "cubic", "jordan-long"]
DIMENSIONS = [128, 1024, 10000]
ALPHAS = [0.8, 1.5]


def row(path, name, n, alpha):
    """𝒮, A²/C, last over first drift, reach and modes reached."""
    changes = {"problem.n_out": n, "problem.n_in": n, "problem.batch": 2 * n, "problem.input.alpha": alpha}
    if name == "exact":
        changes["run.optimizer.muon.orthogonalization"] = "exact"
    else:
        changes["run.optimizer.muon.coefficients"] = name
    study = muonphase.Study.load(path, set=changes)
    result = muonphase.coefficients(study)
    muon = result["muon"]
    weight = muon.weight_in * muon.eigenvalue_in
    energy = muon.mode_in ** -tomllib.loads(study.to_toml())["problem"]["target"]["beta"]
    speed = (weight * muon.drift * energy).sum() ** 2 / (weight * muon.diffusion).sum()
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "coefficients.h5"
        result.save(file)
        with h5py.File(file) as saved:
            attributes = dict(saved["muon"].attrs)
    return (float(attributes["noise_coefficient"]), speed, muon.drift[-1] / muon.drift[0], float(attributes["reach"]),
            float(attributes["modes_reached"]))


def main(path):
    print("| n = d | α | set | 𝒮 | A²/C | last mode's drift | brought above 0.7 from | of the modes |")
    print("|---|---|---|---|---|---|---|---|")
    for n in DIMENSIONS:
        for alpha in ALPHAS:
            for name in SETS:
                noise, speed, last, reach, modes = row(path, name, n, alpha)
                if name == "exact":
                    exact_speed, exact_last = speed, last
                print(f"| {n} | {alpha} | {name} | {noise:.2f} | {speed / exact_speed:.2f} | {last / exact_last:.2f} "
                      f"| {reach:.2g} | {100 * modes:.0f} % |", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
