#!/bin/sh
# Regenerates every stored expected value. Python 3.11 with venv and pip is all it needs; $PYTHON may name it.
# With LUSD_RELEASED, a checkout of the released LUSD program, also what that program says.
set -eu
cd "$(dirname "$0")/.."

# environment NAME REQUIREMENTS: makes .venv/NAME, unless it holds these very requirements.
environment() {
  cmp -s "$2" ".venv/$1/requirements.txt" && return
  "${PYTHON:-python3}" -m venv --clear ".venv/$1"
  ".venv/$1/bin/pip" install --quiet -r "$2"
  if [ "$1" = tokenizer ]; then # two files of this package are wanted, and no torch
    ".venv/$1/bin/pip" install --quiet --no-deps clip-anytorch==2.6.0
  fi
  cp "$2" ".venv/$1/requirements.txt"
}
environment torch reference/requirements.txt
environment tokenizer reference/requirements-tokenizer.txt
environment pillow reference/requirements-pillow.txt
torch=.venv/torch/bin/python
tokenizer=.venv/tokenizer/bin/python
pillow=.venv/pillow/bin/python

set -x
# One line a generator: add yours at the end.
"$torch" -m reference.tensor
"$torch" reference/safetensors_fixtures.py packages/tensor/test/fixtures
"$torch" reference/safetensors_probes.py packages/tensor/test/golden/safetensors_probes.json
"$torch" reference/torch_random.py packages/tensor/test/fixtures/torch_random.json
"$torch" reference/unet.py
"$torch" reference/vae.py
"$torch" reference/clip.py
"$torch" reference/schedulers.py
"$torch" reference/pipelines.py
"$torch" reference/state_dict_keys.py
"$tokenizer" reference/clip_merges.py
"$tokenizer" reference/tokenizer_strings.py
"$tokenizer" reference/ftfy_tables.py
"$pillow" reference/pillow_resize.py
"$pillow" reference/pictures.py
"$torch" reference/hub_paths.py
"$torch" reference/pandas_csv.py
"$torch" reference/lusd_schedules.py packages/lusd/test/fixtures/schedules.json
"$torch" reference/metrics.py packages/lusd/test/fixtures/metrics.json
"$torch" reference/perceptron_tagger.py packages/lusd/test/fixtures/perceptron
"$torch" reference/shapes/edit_cases.py
"$torch" reference/shapes/golden.py weights/shapes
"$torch" reference/shapes/judge_fixture.py weights/shapes
if [ -n "${LUSD_RELEASED:-}" ]; then
  PYTHONPATH="$LUSD_RELEASED" "$torch" reference/target_words.py
  PYTHONPATH="$LUSD_RELEASED" "$torch" reference/lusd_trajectories.py
else
  echo "skipped what the released LUSD program says: LUSD_RELEASED does not name a checkout of it" >&2
fi
"$torch" reference/prompt_tokens.py
"$tokenizer" reference/added_tokens.py
"$torch" reference/long_prompts.py
