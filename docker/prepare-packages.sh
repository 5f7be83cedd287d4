#!/bin/sh
# prepare-packages.sh FILE TORCH_INDEX ARCH ROOT: the wheels of FILE and of all that it needs, for a processor (amd64,
# arm64) that need not be this one, unpacked and compiled under ROOT as they will lie under / of an image with this same
# Python. ROOT stays empty where they can't all be had as wheels: the installation then does it all itself.
set -eu
requirements=$1
torch_index=$2
arch=$3
root=$4
. "$(dirname "$0")/pip-settings.sh"

case $arch in
  amd64) machine=x86_64 ;;
  arm64) machine=aarch64 ;;
  *) machine=$arch ;;
esac

# With --platform, pip chooses files for another processor, and still answers `platform_machine` in conditions of
# requirements with its own.
pip() {
  python -c 'import platform, runpy, sys
machine = sys.argv.pop(1)
platform.machine = lambda: machine
runpy.run_module("pip", run_name="__main__")' "$machine" "$@"
}

path() { python -c 'import sys, sysconfig; print(sysconfig.get_path(sys.argv[1]))' "$1"; }

set -- --platform "linux_$machine" --platform "manylinux2014_$machine"
# As new as the C library of the base, which is Debian 12's.
for version in 5 12 17 24 26 27 28 31 34 35 36; do set -- "$@" --platform "manylinux_2_${version}_$machine"; done
if grep -q '^torch' "$requirements" && [ -n "$torch_index" ]; then set -- "$@" --extra-index-url "$torch_index"; fi
mkdir -p "$root"
unpacked=$(mktemp -d)
if ! run_pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore --no-compile \
  --target "$unpacked" --only-binary=:all: --requirement "$requirements" "$@"; then
  echo "not all of it is there as wheels for $arch: the installation fetches it again, slowly where it is emulated" >&2
  exit 0
fi
if [ -z "$(ls "$unpacked")" ]; then exit 0; fi

# pip puts modules at the top of its target, and beside them what belongs under the prefix.
prefix=$(path data)
site=$(path platlib)
headers=$(path include)
mkdir -p "$root$site"
if [ -e "$unpacked/include/python" ]; then
  mkdir -p "$root$(dirname "$headers")"
  mv "$unpacked/include/python" "$root$headers"
fi
for part in bin etc include share; do
  if [ -e "$unpacked/$part" ]; then mv "$unpacked/$part" "$root$prefix/"; fi
done
mv "$unpacked"/* "$root$site/"
# What was installed, told from where the modules lie: one folder deeper than in the target's layout.
sed -i -e "s|^\.\./\.\./include/python/|../../../include/$(basename "$headers")/|" -e 's|^\.\./\.\./\([^.]\)|../../../\1|' \
  "$root$site"/*.dist-info/RECORD
# Bytecode that asks for no time and no hash of its source: the export rewrites times, and an image's files don't change.
# In one process: what a process has compiled before shows in the bytes.
python -m compileall -q --invalidation-mode unchecked-hash -s "$root" -p / "$root$site" || true
