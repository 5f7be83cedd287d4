#!/bin/sh
# fetch-wheels.sh FILE TORCH_INDEX ARCH FOLDER: the wheels of FILE and of all that it needs, for a processor (amd64, arm64)
# that need not be this one. FOLDER stays empty where they can't all be had as wheels: the installation then looks itself.
set -eu
requirements=$1
torch_index=$2
arch=$3
folder=$4
. "$(dirname "$0")/pip-settings.sh"

case $arch in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) machine=$arch ;;
esac
set -- --platform "linux_$machine" --platform "manylinux2014_$machine"
# As new as the C library of the base, which is Debian 12's.
for version in 5 12 17 24 26 27 28 31 34 35 36; do set -- "$@" --platform "manylinux_2_${version}_$machine"; done
if grep -q '^torch' "$requirements" && [ -n "$torch_index" ]; then set -- "$@" --extra-index-url "$torch_index"; fi
mkdir -p "$folder"
if ! run_pip download --no-cache-dir --disable-pip-version-check --requirement "$requirements" --dest "$folder" \
  --only-binary=:all: --python-version 3.11 --implementation cp "$@"; then
  echo "not all of it is there as wheels for $arch: the installation fetches it again, slowly where it is emulated" >&2
  rm -rf "$folder"
  mkdir "$folder"
fi
