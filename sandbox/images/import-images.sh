#!/bin/bash
# Imports and unpacks an archive of images into a containerd root; containerd runs for that long, alone, in the Debian tree.
# Run in a mount and a pid namespace of its own, with which all of it ends.
#
# Environment: DEBIAN_ROOT the extracted root; STORE containerd's root; STAGE an empty folder; ARCHIVE the images. Prints the
# names of all images that are there then.
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/../rootfs/stage-root.sh"
mkdir -p root/{proc,dev,run,tmp,store}
: > root/archive.tar
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount --bind "$STORE" root/store
mount --bind "$ARCHIVE" root/archive.tar
# Nothing of Kubernetes is needed for it.
printf 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n' > root/config.toml

exec chroot root /bin/bash -euo pipefail -c '
  export CONTAINERD_ADDRESS=/run/containerd.sock
  containerd --config /config.toml --root /store --state /run/containerd --address "$CONTAINERD_ADDRESS" --log-level warn &
  for _ in {1..300}; do
    if ctr version > /dev/null 2>&1; then break; fi
    sleep 0.1
  done
  ctr --namespace k8s.io images import /archive.tar > /dev/null
  ctr --namespace k8s.io images list --quiet
  # It writes what is open and ends.
  kill %1
  wait %1 || true
'
