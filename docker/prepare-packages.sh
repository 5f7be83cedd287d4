#!/bin/sh
# prepare-packages.sh LOCK VARIANT TORCH_INDEX ARCH PREPARED: the wheels of a lock for a processor (amd64, arm64) that need
# not be this one, unpacked and compiled under PREPARED/root as they will lie under / of an image with this same Python.
# PREPARED/obsolete lists what the image has of other versions of the same packages. Both stay empty where pip's target has
# no place for some files: the installation then does it all itself.
set -eu
lock=$1
variant=$2
torch_index=$3
arch=$4
prepared=$5
root=$prepared/root
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

prefix=$(path data)
site=$(path platlib)
version=$(python -c 'import sys; print("python%d.%d" % sys.version_info[:2])')
mkdir -p "$root"
: > "$prepared/obsolete"

platforms="--platform linux_$machine --platform manylinux2014_$machine"
# As new as the C library of the base, which is Debian 12's.
for minor in 5 12 17 24 26 27 28 31 34 35 36; do platforms="$platforms --platform manylinux_2_${minor}_$machine"; done

# place FILE: installs what a file of the lock names under the root, where the image will have it.
place() {
  unpacked=$(mktemp -d)
  # It becomes the folder of the modules, which not only root reads.
  chmod 755 "$unpacked"
  # shellcheck disable=SC2046,SC2086 # Options, a word each.
  run_pip install $(lock_options "$1" "$torch_index") --no-compile --target "$unpacked" --only-binary=:all: $platforms \
    --requirement "$1"
  # pip puts modules at the top of its target, and beside them what belongs under the prefix.
  mkdir -p "$root$site"
  if [ -e "$unpacked/include/python" ]; then mv "$unpacked/include/python" "$unpacked/include/$version"; fi
  for part in bin etc include share; do
    if [ -e "$unpacked/$part" ]; then
      mkdir -p "$root$prefix/$part"
      cp -a "$unpacked/$part/." "$root$prefix/$part/"
      rm -r "${unpacked:?}/$part"
    fi
  done
  # Some packages share a folder that is no package of its own.
  cp -alf "$unpacked/." "$root$site/"
  rm -r "$unpacked"
}

place "$lock/wheels.txt"
torch=$lock/$(torch_file "$variant" "$machine")
if [ -e "$torch" ]; then place "$torch"; fi
if [ -z "$(ls "$root$site")" ]; then exit 0; fi

# What was installed, told from where the modules lie: one folder deeper than in the target's layout.
sed -i -e "s|^\.\./\.\./include/python/|../../../include/$version/|" -e 's|^\.\./\.\./\([^.]\)|../../../\1|' \
  "$root$site"/*.dist-info/RECORD
if ! python - "$root" "$site" > "$prepared/obsolete" << 'END'
import os
import re
import sys
from importlib.metadata import distributions

root, site = sys.argv[1:]


def name(distribution):
    return re.sub(r"[-_.]+", "-", distribution.name).lower()


def places(distribution):
    return {os.path.normpath(file.locate()) for file in distribution.files or []}


prepared = list(distributions(path=[root + site]))
lost = [f"{name(d)}: {place}" for d in prepared for place in sorted(places(d)) if not os.path.lexists(place)]
print(*lost[:20], sep="\n", end="", file=sys.stderr)
versions = {name(d): d.version for d in prepared}
new = {place.removeprefix(root) for d in prepared for place in places(d)}
for d in distributions():
    if versions.get(name(d), d.version) != d.version:
        print(*sorted(places(d) - new), sep="\n")
sys.exit(bool(lost))
END
then
  echo "pip's target has no place for some files: the installation does it for $arch, slowly where it is emulated" >&2
  rm -rf "$root"
  mkdir "$root"
  : > "$prepared/obsolete"
  exit 0
fi
# Bytecode that asks for no time and no hash of its source: the export rewrites times, and an image's files don't change.
# In one process: what a process has compiled before shows in the bytes.
python -m compileall -q --invalidation-mode unchecked-hash -s "$root" -p / "$root$site" || true
