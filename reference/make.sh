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
environment torch reference/requirements/torch.txt
environment tokenizer reference/requirements/tokenizer.txt
environment pillow reference/requirements/pillow.txt
environment vision reference/requirements/vision.txt
torch=.venv/torch/bin/python
tokenizer=.venv/tokenizer/bin/python
pillow=.venv/pillow/bin/python
vision=.venv/vision/bin/python

set -x
# One line a generator: add yours at the end.
"$torch" -m reference.tensor
"$torch" -m reference.tensor.safetensors_files
"$torch" -m reference.tensor.safetensors_probes
"$torch" -m reference.tensor.torch_random
"$torch" reference/sd-models/unet.py
"$torch" reference/sd-models/hooks.py
"$torch" reference/sd-models/vae.py
"$torch" reference/sd-models/clip.py
"$torch" reference/sd-models/schedulers.py
"$torch" reference/sd-models/pipelines.py
"$torch" reference/sd-models/state_dict_keys.py
"$tokenizer" reference/sd-models/clip_merges.py
"$tokenizer" reference/sd-models/tokenizer_strings.py
"$tokenizer" reference/sd-models/ftfy_tables.py
"$pillow" reference/sd-models/pillow_resize.py
"$pillow" reference/sd-models/pictures.py
"$pillow" reference/sd-models/png_text.py
"$torch" reference/sd-models/hub_paths.py
"$torch" reference/cli/pandas_csv.py
"$torch" reference/lusd/schedules.py
"$torch" reference/lusd/metrics.py
"$torch" reference/lusd/pixel_metrics.py
"$torch" reference/lusd/perceptron_tagger.py
"$torch" reference/shapes/edit_cases.py
"$torch" reference/shapes/golden.py weights/shapes
"$torch" reference/shapes/judge_golden.py weights/shapes
if [ -n "${LUSD_RELEASED:-}" ]; then
  PYTHONPATH="$LUSD_RELEASED" "$torch" reference/lusd/target_words.py
  PYTHONPATH="$LUSD_RELEASED" "$torch" reference/lusd/trajectories.py
else
  echo "skipped what the released LUSD program says: LUSD_RELEASED does not name a checkout of it" >&2
fi
"$torch" reference/lusd/cross_replace.py
"$torch" reference/lusd/ssd_instruct.py
"$torch" reference/lusd/prompt_tokens.py
"$tokenizer" reference/sd-models/added_tokens.py
"$torch" reference/sd-models/long_prompts.py
"$vision" reference/sd-models/dino.py
"$vision" reference/sd-models/lpips_squeeze.py
"$torch" reference/sd-models/clip_l14.py
