# To be sourced by what runs pip in a build: index, proxy and authorities from the build secrets, where they are given.
# Nothing of them stays in the image.
if [ -f /run/secrets/pip-config ]; then export PIP_CONFIG_FILE=/run/secrets/pip-config; fi
if [ -f /run/secrets/ca-bundle ]; then
  # Beside pip's own authorities, not in their place. The file lies in memory and is gone with this command.
  PIP_CERT=/dev/shm/authorities.pem
  cat "$(python -c 'from pip._vendor import certifi; print(certifi.where())')" /run/secrets/ca-bundle > "$PIP_CERT"
  export PIP_CERT
fi

# run_pip ARGUMENTS: pip, whose log lies in memory, too. Ends the build where nobody is trusted: no other way would be.
run_pip() {
  if pip "$@" --log /dev/shm/pip.log; then return 0; fi
  grep -q CERTIFICATE_VERIFY_FAILED /dev/shm/pip.log || return 1
  echo "pip does not trust who answers. Where a proxy opens TLS, give its authority (PEM) to the build:" >&2
  echo "pulumi config set --secret --path slipway:buildSecrets.ca-bundle < authority.pem" >&2
  # The last words of a step that fails are lost when the build ends with them.
  sleep 2
  exit 1
}
