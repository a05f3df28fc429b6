#!/usr/bin/env bash
# Puts Mesa's AMD driver and the null Vulkan loader into a folder of their own, ~/.cache/lusd/null-gpu, without touching
# the system: packages are downloaded and unpacked, not installed. Debian 12 on x64; needs gcc and apt-get. The mirror is
# the one that this machine already uses. Prints the folder. When nothing is left to do, that takes no time.
set -euo pipefail
source=$(cd "$(dirname "$0")" && pwd)/nullVulkan.c
root=${XDG_CACHE_HOME:-$HOME/.cache}/lusd/null-gpu

refuse() { echo "the null GPU $1" >&2; exit 1; }

requireSystem() {
  [ "$(uname -s) $(uname -m)" = 'Linux x86_64' ] || refuse "runs on Linux x64 only, and this is $(uname -s) $(uname -m)"
  . /etc/os-release
  [ "${ID:-} ${VERSION_CODENAME:-}" = 'debian bookworm' ] ||
    refuse "takes Mesa from the packages of Debian 12 (bookworm), and this is ${PRETTY_NAME:-another system}; use a container of it"
  command -v apt-get >/dev/null || refuse 'downloads Mesa by apt-get, which is missing; install apt'
  command -v gcc >/dev/null || refuse 'is built by gcc, which is missing; install gcc'
}

# Under a temporary name first, so that an interrupted download is not taken for a whole one.
fetchMesa() {
  local mirror apt key='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/*.sources 2>/dev/null || true)
  mirror=${mirror:-$(awk '/^deb / { print $2; exit }' /etc/apt/sources.list 2>/dev/null || true)}
  [ -n "$mirror" ] || refuse 'finds no mirror of Debian in /etc/apt; add one to /etc/apt/sources.list'
  new=$(mktemp -d "$root/mesa.XXXXXX")
  trap 'rm -rf "$new"' EXIT
  apt=$new/apt
  mkdir -p "$apt"/state/lists/partial "$apt"/cache/archives/partial "$apt"/etc/preferences.d
  touch "$apt/status"
  printf "deb $key $mirror %s main\n" bookworm-backports bookworm >"$apt/etc/sources.list"
  local options=(-oDir::State="$apt/state" -oDir::State::lists="$apt/state/lists" -oDir::State::status="$apt/status"
    -oDir::Cache="$apt/cache" -oDir::Etc::sourcelist="$apt/etc/sources.list" -oDir::Etc::sourceparts=/dev/null
    -oDir::Etc::preferencesparts="$apt/etc/preferences.d" -oAPT::Sandbox::User=root)
  apt-get "${options[@]}" update -qq >&2
  apt-get "${options[@]}" install --download-only -y -qq --no-install-recommends -t bookworm-backports \
    mesa-vulkan-drivers libvulkan1 libvulkan-dev >/dev/null
  for deb in "$apt"/cache/archives/*.deb; do dpkg -x "$deb" "$new/files"; done
  # Another process may have been first.
  mv -T "$new/files" "$root/mesa" 2>/dev/null || [ -d "$root/mesa" ]
}

# The driver's description names its library by its path.
describeDriver() {
  local library=$root/mesa/usr/lib/x86_64-linux-gnu/libvulkan_radeon.so
  sed "s#\"library_path\": *\"[^\"]*\"#\"library_path\": \"$library\"#" \
    "$root"/mesa/usr/share/vulkan/icd.d/radeon_icd*.json >"$root/radeon.json.$$"
  mv "$root/radeon.json.$$" "$root/radeon.json"
}

buildLoader() {
  gcc -shared -fPIC -O1 -Wall -I"$root/mesa/usr/include" -o "$root/libvulkan.so.$$" "$source" -ldl
  mv "$root/libvulkan.so.$$" "$root/libvulkan.so.1"
  cp "$source" "$root/nullVulkan.c.$$" && mv "$root/nullVulkan.c.$$" "$root/nullVulkan.c"
}

if ! cmp -s "$source" "$root/nullVulkan.c"; then
  requireSystem
  mkdir -p "$root"
  [ -d "$root/mesa" ] || fetchMesa
  describeDriver
  buildLoader
fi
echo "$root"
