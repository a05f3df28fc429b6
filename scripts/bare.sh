#!/usr/bin/env bash
# bare.sh COMMAND...: runs COMMAND as on a machine that has nothing but Node: no Vulkan loader and no Vulkan driver, as a
# user without a GPU has. Needs root on Linux: it works in a mount namespace of its own and changes nothing outside it.
set -euo pipefail

hide() {
  local work
  work=$(mktemp -d)
  mount -t tmpfs lusd-bare "$work"
  mkdir "$work/empty"
  for folder in /usr/share/vulkan /usr/local/share/vulkan /etc/vulkan; do
    if [ -d "$folder" ]; then mount --bind "$work/empty" "$folder"; fi
  done
  for folder in /usr/lib/*-linux-gnu /usr/lib64 /usr/local/lib; do
    compgen -G "$folder/libvulkan*.so*" >/dev/null || continue
    local layer="$work/layer${folder//\//-}"
    mkdir -p "$layer/upper" "$layer/work"
    mount -t overlay overlay -o "lowerdir=$folder,upperdir=$layer/upper,workdir=$layer/work" "$folder"
    rm -f "$folder"/libvulkan*.so*
  done
}

if [ "${LUSD_BARE:-}" = inside ]; then
  unset LUSD_BARE
  hide
  exec "$@"
fi
LUSD_BARE=inside exec unshare --mount "$0" "$@"
