#!/usr/bin/env bash
# npm run gpu-report [-- FOLDER]: everything that a real GPU has to show, into FOLDER (default gpu-report): what it is,
# whether every kind of kernel is right on it, the tests, the kernels beside PyTorch's (where python3 has torch and CUDA),
# a full-size Stable Diffusion 1.5 with random weights before and after tuning, and an edit with it. No step stops the
# next; each has a log of its own. Some 10 minutes, and 2.2 GB of disk while it runs.
set -u
cd "$(dirname "$0")/.."
out=$(mkdir -p "${1:-gpu-report}" && cd "${1:-gpu-report}" && pwd)
weights=$(mktemp -d)/sd15
trap 'rm -rf "$(dirname "$weights")"' EXIT
export LUSD_ADAPTER=${LUSD_ADAPTER:-gpu} NO_COLOR=1
lusd() { node packages/cli/bin/lusd.js "$@"; }
tests() { for package in tensor sd-models lusd; do (cd packages/$package && npx vitest run) || return; done; }

step() {
  local name=$1 start=$SECONDS
  shift
  "$@" >"$out/$name.log" 2>&1
  echo "$name: exit $? after $((SECONDS - start)) s, $out/$name.log"
}

node scripts/turbo.mjs run build --output-logs=errors-only || exit 1
step doctor lusd doctor
step check lusd doctor --check
step kernels npm run --silent bench -w bench -- --library none --adapter "$LUSD_ADAPTER" --json "$out/kernels.json"
step torch python3 bench/torch/kernels.py
step weights npm run --silent bench -w bench -- full-size --make "$weights"
step model lusd bench --weights "$weights" --variant fp16
step tuned lusd bench --weights "$weights" --variant fp16 --tune
step full-size npm run --silent bench -w bench -- full-size --weights "$weights" --adapter "$LUSD_ADAPTER"
step tests tests
