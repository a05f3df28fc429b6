#!/usr/bin/env bash
# Puts the null Vulkan loader, and a description of Mesa's AMD driver for it, into ~/.cache/lusd/null-gpu, with Mesa itself
# (scripts/fetch-newer-mesa.sh) as mesa/ in it. Linux on x64 with apt-get and gcc. Prints the folder. When nothing is left
# to do, that takes no time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source=$here/nullVulkan.c
root=${XDG_CACHE_HOME:-$HOME/.cache}/lusd/null-gpu

refuse() { echo "the null GPU $1" >&2; exit 1; }

# The driver's description names its library by its path.
describeDriver() {
  local library=$mesa/usr/lib/x86_64-linux-gnu/libvulkan_radeon.so
  sed "s#\"library_path\": *\"[^\"]*\"#\"library_path\": \"$library\"#" \
    "$mesa"/usr/share/vulkan/icd.d/radeon_icd*.json >"$root/radeon.json.$$"
  mv "$root/radeon.json.$$" "$root/radeon.json"
}

# Node is started by it, and Dawn looks for Vulkan's loader beside the program first.
copyProgramLoader() {
  cp "$mesa/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" "$root/ld.so.$$"
  mv "$root/ld.so.$$" "$root/ld.so"
}

buildLoader() {
  command -v gcc >/dev/null || refuse 'is built by gcc, which is missing; install gcc'
  gcc -shared -fPIC -O1 -Wall -I"$mesa/usr/include" -o "$root/libvulkan.so.$$" "$source" -ldl
  mv "$root/libvulkan.so.$$" "$root/libvulkan.so.1"
  cp "$source" "$root/nullVulkan.c.$$" && mv "$root/nullVulkan.c.$$" "$root/nullVulkan.c"
}

mesa=$("$here/../../scripts/fetch-newer-mesa.sh")
mkdir -p "$root"
# Earlier versions kept a Mesa of their own there.
[ -L "$root/mesa" ] || rm -rf "$root/mesa"
ln -sfn "$mesa" "$root/mesa"
describeDriver
copyProgramLoader
cmp -s "$source" "$root/nullVulkan.c" || buildLoader
echo "$root"
