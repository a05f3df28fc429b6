#!/bin/sh
# Regenerates every stored expected value. One line a generator: add yours at the end.
set -eu
cd "$(dirname "$0")/.."
python="${PYTHON:-python3}"

"$python" -m reference.tensor
"$python" reference/safetensors_fixtures.py packages/tensor/test/fixtures
"$python" reference/torch_random.py packages/tensor/test/fixtures/torch_random.json
"$python" reference/unet.py
"$python" reference/vae.py
"$python" reference/clip.py
"$python" reference/schedulers.py
"$python" reference/pipelines.py
