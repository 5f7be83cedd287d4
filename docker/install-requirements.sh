#!/bin/sh
# install-requirements.sh FILE TORCH_INDEX [PREPARED]: pip install of FILE from the index, unless the folder PREPARED holds
# what prepare-packages.sh has made of it, which then is in the image already.
set -eu
requirements=$1
torch_index=$2
prepared=${3:-}
. "$(dirname "$0")/pip-settings.sh"

if [ -n "$prepared" ] && [ -n "$(ls "$prepared")" ]; then exit 0; fi
set -- --no-cache-dir --disable-pip-version-check --root-user-action=ignore --requirement "$requirements"
if grep -q '^torch' "$requirements" && [ -n "$torch_index" ]; then set -- "$@" --extra-index-url "$torch_index"; fi
run_pip install "$@"
