"""Counts and factors that docs/phases.md gives of maps: map_numbers.py SCALING.h5 and map_numbers.py FULL.h5 LINEAR.h5.

Of a scaling study, how many cells are decided and how many of these as predicted. Of a map in the full closure beside the
same one in the linear closure, by batch: cells of one phase, cells where the linear closure is outside its range,
R_full/R_linear at the last horizon, and how far slopes of ln R over the last decade of horizons are apart."""
import sys

import h5py
import numpy as np


def scaling(file):
    group = file["scaling"]
    decided = group["margin"][:] >= 1
    right = group["phase"][:] == group["predicted_phase"][:]
    print(f"{decided.size} cells, {decided.sum()} decided, {(decided & right).sum()} of them as predicted, "
          f"{(decided & ~right).sum()} not")


def slopes(file, name, b):
    """Between the horizon nearest to a tenth of the last one, and the last."""
    horizon, risk = file["horizon"][:], file[name + "/risk"][b]
    tenth = np.argmin(np.abs(np.log(horizon / horizon[-1] * 10)))
    return np.log(risk[..., -1] / risk[..., tenth]) / np.log(horizon[-1] / horizon[tenth])


def closures(full, linear):
    for b, ratio in enumerate(full["batch_ratio"][:]):
        alike = (full["phase"][b] == linear["phase"][b]).sum()
        print(f"B/d = {ratio:g}: {alike} of {full['phase'][b].size} cells alike, "
              f"{(linear['validity/holds'][b] == 0).sum()} outside the range of the linear closure")
        for name in ("signsvd", "signsgd"):
            factor = full[name + "/risk"][b][..., -1] / linear[name + "/risk"][b][..., -1]
            apart = np.abs(slopes(full, name, b) - slopes(linear, name, b))
            print(f"  {name}: R_full/R_linear median {np.median(factor):.2f}, largest {factor.max():.2f}; slopes within "
                  f"0.06 in {(apart < 0.06).sum()}, farthest {apart.max():.2f}")


files = [h5py.File(path) for path in sys.argv[1:]]
if len(files) == 1:
    scaling(files[0])
else:
    closures(*files)
