#!/bin/sh
# install-requirements.sh FILE TORCH_INDEX: pip install of FILE, with pip's settings and authorities from build secrets
# where they are given. Nothing of them stays in the image.
set -eu
requirements=$1
torch_index=$2

if [ -f /run/secrets/pip-config ]; then export PIP_CONFIG_FILE=/run/secrets/pip-config; fi
if [ -f /run/secrets/ca-bundle ]; then
  # Beside pip's own authorities, not in their place. The file lies in memory and is gone with this command.
  PIP_CERT=/dev/shm/authorities.pem
  cat "$(python -c 'from pip._vendor import certifi; print(certifi.where())')" /run/secrets/ca-bundle > "$PIP_CERT"
  export PIP_CERT
fi

set -- --no-cache-dir --disable-pip-version-check --root-user-action=ignore --requirement "$requirements"
if grep -q '^torch' "$requirements" && [ -n "$torch_index" ]; then set -- "$@" --extra-index-url "$torch_index"; fi
# The log lies in memory, too.
log=/dev/shm/pip.log
if ! pip install --log "$log" "$@"; then
  if grep -q CERTIFICATE_VERIFY_FAILED "$log"; then
    echo "pip does not trust who answers. Where a proxy opens TLS, give its authority (PEM) to the build:" >&2
    echo "pulumi config set --secret --path slipway:buildSecrets.ca-bundle < authority.pem" >&2
  fi
  exit 1
fi
