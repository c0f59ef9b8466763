#!/usr/bin/env bash
# Handwritten digits from Debian's packages, as HDF5 files with /x [samples, pixels] and /y (labels 0 to 9):
#   FOLDER/digits-20x20.h5   opencv-doc: 5000 digits of 20 × 20 pixels
#   FOLDER/digits-8x8.h5     python3-sklearn: 1797 digits of 8 × 8 pixels
#   FOLDER/digits-tanh.h5    128 random tanh features of these, as the second layer of a network sees them
# Usage: fetch-digits.sh [FOLDER], data/digits by default. Installs the packages where they are missing.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-data/digits}
sudo=$([ "$(id -u)" = 0 ] || echo sudo)
missing=()
for package in opencv-doc python3-sklearn python3-h5py python3-pil; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  echo "fetch-digits: installing ${missing[*]}"
  $sudo apt-get install -y --no-install-recommends "${missing[@]}" >/dev/null
fi
mkdir -p "$folder"
/usr/bin/python3 - "$folder" <<'PYTHON'
import pathlib
import sys

import h5py
import numpy as np
from PIL import Image
from sklearn.datasets import load_digits

folder = pathlib.Path(sys.argv[1])


def write(name, images, labels):
    with h5py.File(folder / name, "w") as file:
        file.create_dataset("x", data=images.reshape(len(images), -1).astype(np.uint8), compression="gzip")
        file.create_dataset("y", data=labels.astype(np.uint8))
    print(f"fetch-digits: {folder / name}: {len(images)} digits of {images.shape[1]} × {images.shape[2]} pixels")


sheet = np.asarray(Image.open("/usr/share/doc/opencv-doc/examples/data/digits.png").convert("L"))
# 50 rows of 100 digits, five rows of each label.
tiles = sheet.reshape(50, 20, 100, 20).swapaxes(1, 2).reshape(5000, 20, 20)
write("digits-20x20.h5", tiles, np.repeat(np.arange(10), 500))
digits = load_digits()
write("digits-8x8.h5", digits.images, digits.target)
pixels = digits.data - digits.data.mean(axis=0)
pixels /= np.sqrt((pixels**2).sum(axis=1).mean())
features = np.tanh(3 * pixels @ np.random.default_rng(1).standard_normal((64, 128)))
with h5py.File(folder / "digits-tanh.h5", "w") as file:
    file.create_dataset("x", data=features.astype(np.float32), compression="gzip")
    file.create_dataset("y", data=digits.target.astype(np.uint8))
print(f"fetch-digits: {folder / 'digits-tanh.h5'}: {features.shape[1]} features of {len(features)} digits")
PYTHON
