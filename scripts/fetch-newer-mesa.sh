#!/usr/bin/env bash
# fetch-newer-mesa.sh: puts Mesa 26, of Debian 13's backports, and the libraries that it needs into a folder of their own,
# ~/.cache/lusd/newer-mesa, without touching the system: packages are downloaded and unpacked, not installed. Some 600 MB.
# Prints the folder. When nothing is left to do, that takes no time.
set -euo pipefail
root=${LUSD_NEWER_MESA:-${XDG_CACHE_HOME:-$HOME/.cache}/lusd/newer-mesa}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
# base-files, bash and coreutils for who works in the folder as root directory (newer-mesa.sh); the drm-shim, which stands
# for GPUs that are not there, and Vulkan's headers for the null GPU of the benchmark.
packages='base-files bash coreutils libc6 libstdc++6 mesa-vulkan-drivers mesa-drm-shim libvulkan1 libvulkan-dev'

refuse() { echo "Mesa 26 $1" >&2; exit 1; }

requireSystem() {
  [ "$(uname -s) $(uname -m)" = 'Linux x86_64' ] || refuse "is fetched for Linux x64 only, and this is $(uname -s) $(uname -m)"
  for tool in apt-get dpkg-deb; do
    command -v $tool >/dev/null || refuse "is fetched by $tool, which is missing; use Debian or one of its kin"
  done
  [ -f $keyring ] || refuse "is checked by Debian's keys, which are missing; install debian-archive-keyring"
}

# On Debian the mirror that this machine already uses.
mirror() {
  local found=
  . /etc/os-release
  if [ "${ID:-}" = debian ]; then
    found=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
    found=${found:-$(awk '/^deb / { print $2; exit }' /etc/apt/sources.list 2>/dev/null || true)}
  fi
  echo "${found:-http://deb.debian.org/debian}"
}

download() {
  local apt=$1
  mkdir -p "$apt"/state/lists/partial "$apt"/cache/archives/partial "$apt"/etc/preferences.d
  touch "$apt/status"
  printf "deb [signed-by=$keyring] $(mirror) %s main\n" trixie trixie-backports >"$apt/etc/sources.list"
  local options=(-oDir::State="$apt/state" -oDir::State::lists="$apt/state/lists" -oDir::State::status="$apt/status"
    -oDir::Cache="$apt/cache" -oDir::Etc::sourcelist="$apt/etc/sources.list" -oDir::Etc::sourceparts=/dev/null
    -oDir::Etc::preferencesparts="$apt/etc/preferences.d" -oAPT::Sandbox::User=root)
  apt-get "${options[@]}" update -qq >&2
  apt-get "${options[@]}" install --download-only -y -qq --no-install-recommends -t trixie-backports $packages >/dev/null
}

unpack() {
  local apt=$1 files=$2 folder deb
  # /bin, /lib and others are links into /usr, and packages must not put folders in their place.
  mkdir -p "$files/usr/"{bin,sbin,lib,lib64}
  for folder in bin sbin lib lib64; do ln -s "usr/$folder" "$files/$folder"; done
  for deb in "$apt"/cache/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$files" --keep-directory-symlink --no-same-owner
  done
  ln -sf bash "$files/usr/bin/sh"
  mkdir -p "$files"/{proc,dev,tmp,run}
  echo "$packages" >"$files/packages.txt"
}

# Under a temporary name first, so that an interrupted download is not taken for a whole one.
fetch() {
  mkdir -p "$(dirname "$root")"
  new=$(mktemp -d "$root.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  download "$new/apt"
  unpack "$new/apt" "$new/files"
  if [ -d "$root" ]; then mv "$root" "$new/old"; fi
  # Another process may have been first.
  mv -T "$new/files" "$root" 2>/dev/null || [ -d "$root" ]
}

if [ "$(cat "$root/packages.txt" 2>/dev/null)" != "$packages" ]; then
  requireSystem
  fetch
fi
echo "$root"
