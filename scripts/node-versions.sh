#!/usr/bin/env bash
# node-versions.sh [COMMAND...]: runs COMMAND under the oldest Node that is supported and under later ones, which npm's
# package `node` brings. Without COMMAND, the lusd command: its version, doctor, and the demo's edits in two iterations.
# Needs a build: npm run check:node
set -euo pipefail
cd "$(dirname "$0")/.."

lusd=packages/cli/bin/lusd.js
demo=$(mktemp -d)
trap 'rm -rf "$demo"' EXIT
smoke=(bash -ec "node $lusd --version; node $lusd doctor; node $lusd demo --num-steps 2 --output $demo")

for version in 20.19.0 22.23.3 24.21.0; do
  echo "=== Node $version"
  npx --yes --package "node@$version" -- bash -ec '[ "$(node --version)" = "v$0" ]; "$@"' "$version" "${@:-${smoke[@]}}"
done
