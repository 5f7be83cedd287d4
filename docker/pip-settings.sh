# To be sourced by what runs pip in a build: index, proxy and authorities from the build secrets, where they are given.
# Nothing of them stays in the image.
if [ -f /run/secrets/pip-config ]; then export PIP_CONFIG_FILE=/run/secrets/pip-config; fi
if [ -f /run/secrets/ca-bundle ]; then
  # Beside pip's own authorities, not in their place. The file lies in memory and is gone with this command.
  PIP_CERT=/dev/shm/authorities.pem
  cat "$(python -c 'from pip._vendor import certifi; print(certifi.where())')" /run/secrets/ca-bundle > "$PIP_CERT"
  export PIP_CERT
fi
