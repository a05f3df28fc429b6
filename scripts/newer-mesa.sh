#!/usr/bin/env bash
# newer-mesa.sh COMMAND...: runs COMMAND with Mesa 26's lavapipe, which has matrix units (8 x 8 x 8, f16 with f32 sums) and
# which Debian 12 cannot install: in a Debian 13 of its own under ~/.cache/lusd, made at first use (some 600 MB). Needs
# root on Linux: it works in a mount namespace of its own and changes nothing outside it.
set -euo pipefail
repository=$(cd "$(dirname "$0")/.." && pwd)
root=${LUSD_NEWER_MESA:-$HOME/.cache/lusd/newer-mesa}

for tool in apt-get dpkg-deb unshare; do
  command -v $tool >/dev/null || { echo "newer-mesa: $tool is missing; this script is for Debian and its kin" >&2; exit 1; }
done

# The mirror is the one that this machine already uses.
fetch() {
  local mirror apt=$root.apt key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  mirror=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/ { print $2; exit }')
  mirror=${mirror:-$(awk '/^deb / { print $2; exit }' /etc/apt/sources.list)}
  rm -rf "$apt" "$root.new"
  mkdir -p "$apt"/state/lists/partial "$apt"/cache/archives/partial "$apt"/etc/preferences.d "$root.new"
  touch "$apt/status"
  printf "deb $key $mirror %s main\n" trixie trixie-backports >"$apt/etc/sources.list"
  local options=(-oDir::State="$apt/state" -oDir::State::lists="$apt/state/lists" -oDir::State::status="$apt/status"
    -oDir::Cache="$apt/cache" -oDir::Etc::sourcelist="$apt/etc/sources.list" -oDir::Etc::sourceparts=/dev/null
    -oDir::Etc::preferencesparts="$apt/etc/preferences.d")
  apt-get "${options[@]}" update -qq
  apt-get "${options[@]}" install --download-only -y -qq --no-install-recommends -t trixie-backports \
    base-files bash coreutils mesa-vulkan-drivers libvulkan1 libstdc++6 >/dev/null
  # /bin, /lib and others are links into /usr, and packages must not put folders in their place.
  mkdir -p "$root.new/usr/"{bin,sbin,lib,lib64}
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$root.new/$folder"; done
  for deb in "$apt"/cache/archives/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root.new" --keep-directory-symlink; done
  ln -sf bash "$root.new/usr/bin/sh"
  mkdir -p "$root.new"/{proc,dev,tmp,run}
  rm -rf "$apt" "$root"
  mv "$root.new" "$root"
}

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
[ -d "$root" ] || fetch
LUSD_NEWER_MESA_INSIDE=yes exec unshare --mount "$0" "$@"
