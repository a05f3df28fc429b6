#!/usr/bin/env bash
# Installs Mesa's software Vulkan driver (lavapipe >= 25) on Debian 12, whose own version Dawn refuses.
# The mirror is the one that this machine already uses.
set -euo pipefail

if compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' >/dev/null; then
  echo 'lavapipe is already installed'
  exit 0
fi
. /etc/os-release
if [ "${ID:-}" != debian ] || [ "${VERSION_CODENAME:-}" != bookworm ]; then
  echo 'this script knows Debian 12 (bookworm) only; elsewhere install mesa-vulkan-drivers >= 25' >&2
  exit 1
fi
mirror=$(cat /etc/apt/sources.list.d/*.sources 2>/dev/null | awk '/^URIs:/ { print $2; exit }')
mirror=${mirror:-$(awk '/^deb / { print $2; exit }' /etc/apt/sources.list)}
echo "deb $mirror bookworm-backports main" >/etc/apt/sources.list.d/bookworm-backports.list
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq -t bookworm-backports mesa-vulkan-drivers libvulkan1 >/dev/null
echo 'lavapipe installed'
