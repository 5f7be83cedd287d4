#!/bin/sh
# place-binary.sh BINARIES ARCH IMAGE: puts into the folder IMAGE what the image has beside its base: the binary of a
# processor (amd64, arm64), the folders that it writes to, and its user's name. Refuses a binary of another processor: in an
# index, nobody would see it before a node of that platform starts it.
set -eu
arch=$2
binary=$1/$arch/cybermesh
image=$3

refuse() {
  echo "place-binary: $*" >&2
  # The last words of a step that fails are lost when the build ends with them.
  sleep 1
  exit 1
}

# e_machine of the ELF header, as it lies there.
case $arch in
  amd64) expected=3e00 ;;
  arm64) expected=b700 ;;
  *) refuse "found the platform $arch; expected amd64 or arm64: leave it out of the stack's platforms" ;;
esac
build='build it: node samples/cybermesh/build-backend.ts'
if [ ! -s "$binary" ]; then refuse "found no bin/$arch/cybermesh in docker/backend, or an empty one; $build"; fi
found=$(od -A n -N 20 -t x1 "$binary" | tr -d ' \n')
case $found in
  7f454c46????????????????????????????"$expected") ;;
  7f454c46????????????????????????????3e00) refuse "bin/$arch/cybermesh is for amd64; expected one for $arch; $build" ;;
  7f454c46????????????????????????????b700) refuse "bin/$arch/cybermesh is for arm64; expected one for $arch; $build" ;;
  *) refuse "bin/$arch/cybermesh is no program of amd64 or arm64; expected one for $arch; $build" ;;
esac

mkdir -p "$image/etc" "$image/app/certs" "$image/app/keys" "$image/app/logs"
cp "$binary" "$image/app/cybermesh"
chmod 755 "$image/app/cybermesh"
chmod 700 "$image/app/keys"
chown 1000:1000 "$image/app/keys" "$image/app/logs"
# The base has the same users on every platform.
cp /etc/passwd /etc/group "$image/etc/"
echo 'cybermesh:x:1000:1000::/app:/usr/sbin/nologin' >> "$image/etc/passwd"
echo 'cybermesh:x:1000:' >> "$image/etc/group"
