#!/usr/bin/env bash
# newer-mesa.sh COMMAND...: runs COMMAND with Mesa 26's lavapipe, which has matrix units (8 x 8 x 8, f16 with f32 sums) and
# which Debian 12 cannot install: in a Debian 13 of its own, made at first use (fetch-newer-mesa.sh). Needs root on Linux:
# it works in a mount namespace of its own and changes nothing outside it.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)

command -v unshare >/dev/null || { echo "newer-mesa: unshare is missing; install util-linux" >&2; exit 1; }
root=$("$repository/scripts/fetch-newer-mesa.sh")

if [ "${LUSD_NEWER_MESA_INSIDE:-}" = yes ]; then
  unset LUSD_NEWER_MESA_INSIDE
  here=$PWD node=$(readlink -f "$(command -v node)") home=$HOME
  prefix=$(dirname "$(dirname "$node")")
  for folder in /proc /dev /tmp "$home" "$repository"; do
    mkdir -p "$root$folder"
    mount --rbind "$folder" "$root$folder"
  done
  for file in /etc/hosts /etc/resolv.conf /etc/ssl; do
    if [ -d "$file" ]; then mkdir -p "$root$file"; else mkdir -p "$root/etc" && touch "$root$file"; fi
    mount --bind "$file" "$root$file"
  done
  mkdir -p "$root/node/bin" "$root/node/lib"
  touch "$root/node/bin/node"
  mount --bind "$node" "$root/node/bin/node"
  mount --bind "$prefix/lib" "$root/node/lib"
  ln -sf ../lib/node_modules/npm/bin/npm-cli.js "$root/node/bin/npm"
  ln -sf ../lib/node_modules/npm/bin/npx-cli.js "$root/node/bin/npx"
  export PATH=/node/bin:/usr/bin:/usr/sbin MESA_SHADER_CACHE_DIR=/tmp/lusd-newer-mesa-cache
  exec chroot "$root" /usr/bin/env -C "$here" "$@"
fi
LUSD_NEWER_MESA_INSIDE=yes exec unshare --mount "$0" "$@"
