#!/bin/sh
# entrypoint.sh COMMAND [ARGUMENT...]: looks whether all is there that the service needs, says every fault in a line of its
# own on stderr, and then either ends with status 1 or becomes the command.
#
# Where other places are wanted: KEYS_FOLDER (/tmp/keys), MODELS_FOLDER (/app/data/models). The service reads the same.
set -u
KEYS_FOLDER=${KEYS_FOLDER:-/tmp/keys}
MODELS_FOLDER=${MODELS_FOLDER:-/app/data/models}
export KEYS_FOLDER MODELS_FOLDER
faults=0

# fault TEXT: what was found, what was expected, what to do; one line, whatever a value holds.
fault() {
  printf 'entrypoint: %s\n' "$(printf '%s' "$1" | tr '\n' ' ')" >&2
  faults=$((faults + 1))
}

is_set() {
  value=
  eval "value=\${$1:-}"
  # A value of blanks comes of a template that had none.
  case $value in *[![:space:]]*) return 0 ;; *) return 1 ;; esac
}

# wants NAME MEANING: a variable that has to be set.
wants() {
  is_set "$1" || fault "$1 is not set; expected $2; add it to the ConfigMap that the Deployment takes its environment from"
}

is_port() {
  case $1 in '' | *[!0-9]* | ??????*) return 1 ;; esac
  [ "$1" -ge 1 ] && [ "$1" -le 65535 ]
}

# unbracketed HOST: an address of IPv6 without its brackets.
unbracketed() {
  bare=${1#\[}
  printf '%s' "${bare%\]}"
}

# reach NAME HOST PORT VARIABLES: a connection by TCP within 5 s, name service included, which has time limits of its own.
reach() {
  reason=$(python3 -I -c '
import os, socket, sys, threading

said = []


def connect():
    try:
        socket.create_connection((sys.argv[1], int(sys.argv[2])), 5).close()
        said.append("")
    except (OSError, UnicodeError) as error:
        said.append(getattr(error, "strerror", None) or str(error))


thread = threading.Thread(target=connect, daemon=True)
thread.start()
thread.join(5)
print(said[0] if said else "no answer", flush=True)
os._exit(said != [""])
' "$2" "$3" 2>&1) && return
  fault "$1 cannot be reached at $2 port $3 ($reason); expected a TCP connection within 5 s; check $4, that it runs, and that the NetworkPolicy lets this pod reach it"
}

check_key() {
  secret='Secret ai-service-secret, key signing_key_pem, in this namespace'
  expected='expected a private key in PEM'
  if ! is_set AI_SIGNING_KEY_CONTENT; then
    fault "there is no signing key: AI_SIGNING_KEY_CONTENT is not set; $expected; take it from $secret"
    return
  fi
  case $AI_SIGNING_KEY_CONTENT in
    *'-----BEGIN '*'PRIVATE KEY-----'*'-----END '*'PRIVATE KEY-----'*) ;;
    *)
      fault "AI_SIGNING_KEY_CONTENT is no key; $expected, with its BEGIN and END lines; mend $secret"
      return
      ;;
  esac
  file=$KEYS_FOLDER/signing_key.pem
  # A file that is there would keep its mode.
  (
    umask 077
    mkdir -p "$KEYS_FOLDER" && rm -f "$file" && printf '%s\n' "$AI_SIGNING_KEY_CONTENT" > "$file"
  ) 2> /dev/null || fault "$file cannot be written by user $(id -u); expected a folder to write to; mount an emptyDir at /tmp"
}

check_models() {
  remedy='check the volume, its claim, and the init container that fills it'
  if [ ! -d "$MODELS_FOLDER" ]; then
    fault "the model folder $MODELS_FOLDER is not there; expected models, mounted read-only; $remedy"
    return
  fi
  if [ ! -r "$MODELS_FOLDER" ] || [ ! -x "$MODELS_FOLDER" ]; then
    fault "the model folder $MODELS_FOLDER cannot be read by user $(id -u); expected models that everybody may read; $remedy"
    return
  fi
  for entry in "$MODELS_FOLDER"/*; do
    # A fresh disk has that folder.
    if [ -e "$entry" ] && [ "${entry##*/}" != lost+found ]; then return; fi
  done
  fault "the model folder $MODELS_FOLDER is empty; expected models; $remedy"
}

check_redis() {
  if is_set REDIS_PORT && ! is_port "$REDIS_PORT"; then
    fault "REDIS_PORT is \"$REDIS_PORT\"; expected a port, 1 to 65535; mend the ConfigMap"
  elif is_set REDIS_PORT && is_set REDIS_HOST; then
    reach Redis "$(unbracketed "$REDIS_HOST")" "$REDIS_PORT" 'REDIS_HOST and REDIS_PORT'
  fi
}

check_kafka() {
  if ! is_set KAFKA_BOOTSTRAP_SERVERS; then return; fi
  first=$(printf '%s' "${KAFKA_BOOTSTRAP_SERVERS%%,*}" | tr -d '[:space:]')
  host=${first%:*}
  port=${first##*:}
  # Without brackets, more than one colon could end anywhere.
  case $host in \[*\]) plain=yes ;; '' | *:*) plain=no ;; *) plain=yes ;; esac
  if [ "$plain" = no ] || [ "$host" = "$first" ] || ! is_port "$port"; then
    fault "KAFKA_BOOTSTRAP_SERVERS begins with \"$first\"; expected host:port, several separated by commas; mend the ConfigMap"
    return
  fi
  reach 'the first Kafka broker' "$(unbracketed "$host")" "$port" KAFKA_BOOTSTRAP_SERVERS
}

wants NODE_ID 'the name or number of this node'
wants ENVIRONMENT 'the name of the environment'
wants KAFKA_BOOTSTRAP_SERVERS 'host:port of the brokers, separated by commas'
wants REDIS_HOST 'the name or address of Redis'
wants REDIS_PORT 'the port of Redis'
wants ED25519_SIGNING_KEY_ID 'the name under which others know the signing key'
wants ED25519_DOMAIN_SEPARATION 'the words that every signature of this use begins with'
check_key
# From here on there is the file.
unset AI_SIGNING_KEY_CONTENT value
check_models
check_redis
check_kafka
if [ "$faults" -gt 0 ]; then exit 1; fi
exec "$@"
