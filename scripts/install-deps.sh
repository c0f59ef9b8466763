#!/usr/bin/env bash
# Installs the Debian packages muonphase needs to build, compute and draw; with --tests also those its tests need, with
# --sanitize those of its sanitizers and fuzz targets. Idempotent; works as root or with sudo. Tested on Debian 12; Ubuntu 22.04 and later have the same package names but are untested.
set -euo pipefail
packages=(
  g++ cmake ninja-build git ca-certificates
  libeigen3-dev libboost-dev libhdf5-dev zlib1g-dev librandom123-dev libcli11-dev libtomlplusplus-dev libspdlog-dev libfmt-dev
  gnuplot-nox fonts-dejavu-core
  python3-dev pybind11-dev python3-numpy
  openmpi-bin libopenmpi-dev
)
tests=(
  libgtest-dev libbenchmark-dev
  python3-pytest python3-h5py python3-xarray python3-netcdf4 python3-h5netcdf python3-matplotlib hdf5-tools netcdf-bin
  chromium groff dpkg-dev
)
sanitize=(clang libclang-rt-dev libomp-dev)
for option in "$@"; do
  case "$option" in
    --tests) packages+=("${tests[@]}") ;;
    --sanitize) packages+=("${sanitize[@]}") ;;
    *) echo "usage: install-deps.sh [--tests] [--sanitize]" >&2; exit 2 ;;
  esac
done
missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "install-deps: all ${#packages[@]} packages are there"
  exit 0
fi
sudo=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "install-deps: not root and no sudo; please install: ${missing[*]}" >&2; exit 1; }
  sudo=(sudo)
fi
echo "install-deps: installing ${missing[*]}"
"${sudo[@]}" apt-get update -qq
"${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
echo "install-deps: done"
