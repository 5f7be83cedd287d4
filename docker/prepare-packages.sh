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

# leave WHY: leaves it all to the installation.
leave() {
  echo "$1: the installation does it for $arch, slowly where it is emulated" >&2
  rm -rf "$root"
  mkdir "$root"
  exit 0
}

# pip would build these here, for this processor.
if grep -Eq '(^| @ *)(git\+|https?://|file:)' "$requirements"; then leave 'a requirement is an address'; fi
# What the image has already stays in its version: two of one package would lie in one folder.
own=$(mktemp)
python -m pip list --disable-pip-version-check --format=freeze > "$own"
unpacked=$(mktemp -d)
run_pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore --no-compile \
  --target "$unpacked" --constraint "$own" --only-binary=:all: --requirement "$requirements" "$@" ||
  leave 'not all of it is there as wheels'
if [ -z "$(ls "$unpacked")" ]; then exit 0; fi

# pip puts modules at the top of its target, and beside them what belongs under the prefix.
prefix=$(path data)
site=$(path platlib)
mkdir -p "$root$site"
version=$(python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
if [ -e "$unpacked/include/python" ]; then mv "$unpacked/include/python" "$unpacked/include/$version"; fi
for part in bin etc include share; do
  if [ -e "$unpacked/$part" ]; then
    mkdir -p "$root$prefix"
    mv "$unpacked/$part" "$root$prefix/"
  fi
done
find "$unpacked" -mindepth 1 -maxdepth 1 -exec mv {} "$root$site/" \;
# What was installed, told from where the modules lie: one folder deeper than in the target's layout.
sed -i -e "s|^\.\./\.\./include/python/|../../../include/$version/|" -e 's|^\.\./\.\./\([^.]\)|../../../\1|' \
  "$root$site"/*.dist-info/RECORD
python - "$root$site" << 'END' || leave "pip's target has no place for some files"
import sys
from importlib.metadata import distributions

found = [(d.name, file) for d in distributions(path=[sys.argv[1]]) for file in d.files or []]
lost = [f"{name}: {file}" for name, file in found if not file.locate().exists()]
print(*lost[:20], sep="\n", end="", file=sys.stderr)
sys.exit(bool(lost))
END
# Bytecode that asks for no time and no hash of its source: the export rewrites times, and an image's files don't change.
# In one process: what a process has compiled before shows in the bytes.
python -m compileall -q --invalidation-mode unchecked-hash -s "$root" -p / "$root$site" || true
