# To be sourced by what runs pip in a build: index, proxy and authorities from the build secrets, where they are given.
# Nothing of them stays in the image.
if [ -f /run/secrets/pip-config ]; then export PIP_CONFIG_FILE=/run/secrets/pip-config; fi
if [ -f /run/secrets/ca-bundle ]; then
  # Beside pip's own authorities, not in their place. The file lies in memory and is gone with this command.
  PIP_CERT=/dev/shm/authorities.pem
  cat "$(python -c 'from pip._vendor import certifi; print(certifi.where())')" /run/secrets/ca-bundle > "$PIP_CERT"
  export PIP_CERT
fi
# pip's own modules would be compiled with times in them, which the export rewrites.
export PYTHONDONTWRITEBYTECODE=1

# torch_file VARIANT MACHINE: the file of a lock that has Torch for a variant (cpu, cuda) on a machine (x86_64, aarch64).
torch_file() {
  if [ "$1 $2" = 'cpu x86_64' ]; then echo torch-cpu.txt; else echo torch.txt; fi
}

# lock_options FILE TORCH_INDEX: how pip installs a file of a lock: nothing beside it, and nothing with another hash. Of
# what is not in the package index, a lock may not know the hashes.
lock_options() {
  echo --no-cache-dir --disable-pip-version-check --root-user-action=ignore --no-deps
  case $1 in
    */torch-cpu.txt)
      if [ -n "$2" ]; then echo --index-url "$2"; fi
      if ! grep -q 'hash=' "$1"; then
        echo "by version alone, for their hashes are not locked: $(grep -v '^#' "$1" | tr '\n' ' ')" >&2
        return
      fi
      ;;
  esac
  echo --require-hashes
}

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
