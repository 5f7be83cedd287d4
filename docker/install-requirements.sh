#!/bin/sh
# install-requirements.sh LOCK VARIANT TORCH_INDEX [PREPARED]: installs a lock's packages, with their hashes. Where the
# folder PREPARED holds what prepare-packages.sh has made of the wheels, which then is in the image already, only what has
# no wheels is left to do.
set -eu
lock=$1
variant=$2
torch_index=$3
prepared=${4:-}
. "$(dirname "$0")/pip-settings.sh"

# install FILE ARGUMENTS
install() {
  file=$1
  shift
  # shellcheck disable=SC2046 # Options, a word each.
  run_pip install $(lock_options "$file" "$torch_index") "$@" --requirement "$file"
}

if [ -n "$prepared" ] && [ -n "$(ls "$prepared/root")" ]; then
  # The rest of other versions that the image had: the prepared ones lie over them.
  xargs -r -d '\n' rm -f < "$prepared/obsolete"
else
  install "$lock/wheels.txt" --only-binary=:all:
  torch=$lock/$(torch_file "$variant" "$(uname -m)")
  if [ -e "$torch" ]; then install "$torch" --only-binary=:all:; fi
fi
if [ -e "$lock/sources.txt" ]; then
  # No paths of this build in the code.
  export CFLAGS="${CFLAGS:-} -g0"
  # Without isolation, a build takes the setuptools that is installed, and fetches none that nobody locked.
  install "$lock/sources.txt" --no-binary=:all: --no-build-isolation --use-pep517
fi
