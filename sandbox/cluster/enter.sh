#!/bin/bash
# First process in the namespaces: builds the sandbox's own root out of the read-only Debian root, moves into it and
# becomes the reaper of the sandbox's processes. Run by the supervisor; all of it is undone when the namespaces end.
#
# Environment: DEBIAN_ROOT the extracted root; STAGE an empty folder; BINDS a file of lines `ro|rw<TAB>from<TAB>to`;
# NODE_NAME, NODE_CIDR, SERVICE_CIDR, DNS_IP. Arguments: the program to become.
set -euo pipefail

# --- the root
. "$(dirname "${BASH_SOURCE[0]}")/stage-root.sh"
mkdir -p root/{proc,sys,dev,run,tmp,root,var/lib,var/log,etc/slipway,machine}

mount -t proc proc root/proc
mount -t sysfs sysfs root/sys
mount --rbind /sys/fs/cgroup root/sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs root/run
mount -t tmpfs -o mode=1777 tmpfs root/tmp

# Device files of its own: not even a privileged pod sees the machine's disks.
mount -t tmpfs -o mode=755 dev root/dev
mkdir -p root/dev/{pts,shm,mqueue,net}
for device in null zero full random urandom tty kmsg fuse net/tun; do
  if [ -e "/dev/$device" ]; then cp -a "/dev/$device" "root/dev/$device"; fi
done
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts root/dev/pts
mount -t tmpfs -o mode=1777 shm root/dev/shm
mount -t mqueue mqueue root/dev/mqueue
ln -s pts/ptmx root/dev/ptmx
ln -s /proc/self/fd root/dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${stream%%:*}" "root/dev/${stream#*:}"; done

# --- the folders and programs that come from outside
while IFS=$'\t' read -r mode from to; do
  if [ -d "$from" ]; then
    mkdir -p "root$to"
  else
    mkdir -p "$(dirname "root$to")"
    : >> "root$to"
  fi
  mount --bind "$from" "root$to"
  if [ "$mode" = ro ]; then mount -o remount,bind,ro "root$to"; fi
done < "$BINDS"

# --- sysctls that kubelet writes and that are the whole machine's: it writes into these files instead
mkdir -p root/run/sysctl
while read -r name value; do
  if [ ! -e "root/proc/sys/$name" ]; then continue; fi
  echo "$value" > "root/run/sysctl/${name//\//.}"
  mount --bind "root/run/sysctl/${name//\//.}" "root/proc/sys/$name"
done <<'SYSCTLS'
vm/overcommit_memory 1
vm/panic_on_oom 0
kernel/panic 10
kernel/panic_on_oops 1
kernel/keys/root_maxkeys 1000000
kernel/keys/root_maxbytes 25000000
SYSCTLS

# --- names
hostname "$NODE_NAME"
rm -f root/etc/{hosts,hostname,resolv.conf,machine-id}
echo "$NODE_NAME" > root/etc/hostname
printf '127.0.0.1 localhost\n::1 localhost\n%s %s\n' "${NODE_CIDR%/*}" "$NODE_NAME" > root/etc/hosts
printf 'nameserver %s\n' "$DNS_IP" > root/etc/resolv.conf
tr -d '\n-' < /proc/sys/kernel/random/uuid > root/etc/machine-id

# --- in: from here on the machine's files are out of reach; containers' mounts are shared between containerd and kubelet
cd root
pivot_root . machine
cd /
umount -l /machine
rmdir /machine
mount --make-rshared /

# --- the network: an address on a bridge that has no ports, and routes that lead nowhere else
ip link set lo up
ip link add node0 type bridge
ip address add "$NODE_CIDR" dev node0
ip link set node0 up
ip route add "$SERVICE_CIDR" dev node0
ip route add unreachable default metric 4000
echo 1 > /proc/sys/net/ipv4/ip_forward
echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables

exec tini -s -- "$@"
