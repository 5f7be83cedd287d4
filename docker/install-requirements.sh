#!/bin/sh
# install-requirements.sh FILE TORCH_INDEX [WHEELS]: pip install of FILE, from the folder WHEELS alone where it holds all
# that is needed, else from the index.
set -eu
requirements=$1
torch_index=$2
wheels=${3:-}
. "$(dirname "$0")/pip-settings.sh"

set -- --no-cache-dir --disable-pip-version-check --root-user-action=ignore --requirement "$requirements"
if [ -n "$wheels" ] && [ -n "$(ls "$wheels")" ]; then
  if pip install --no-index --find-links "$wheels" "$@"; then exit 0; fi
  # A requirement may hold for this processor only, and the one that fetched was another.
  echo 'the wheels are not all that is needed: asking the index' >&2
fi
if grep -q '^torch' "$requirements" && [ -n "$torch_index" ]; then set -- "$@" --extra-index-url "$torch_index"; fi
run_pip install "$@"
