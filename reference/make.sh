#!/bin/sh
# Regenerates every stored expected value. One line a generator: add yours at the end.
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

"$python" -m reference.tensor
