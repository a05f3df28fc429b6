"""Where huggingface_hub keeps its cache and its token in various environments.

Writes packages/sd-models/test/golden/hub_paths.json: environments with the cache's folder and the token's file.

    python reference/sd-models/hub_paths.py
"""

import json
import subprocess
import sys
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[2] / "packages/sd-models/test/golden/hub_paths.json"

HOME = {"HOME": "/home/ann"}
ENVIRONMENTS = [
    {},
    {"HF_HOME": "/data/hf"},
    {"HF_HOME": "~/hf"},
    {"HF_HOME": "~"},
    {"HF_HOME": "$HOME/hf"},
    {"HF_HOME": "${HOME}/hf"},
    {"HF_HOME": "$SCRATCH/hf", "SCRATCH": "/scratch/ann"},
    {"HF_HOME": "/data/${NAME}_$NAME/hf", "NAME": "a"},
    {"HF_HOME": "/data/$NAME_/hf", "NAME": "a"},
    {"HF_HOME": "/data/$MISSING/${MISSING}/hf"},
    {"HF_HOME": "/data/$/hf$"},
    {"HF_HOME": "/data/${NAME", "NAME": "a"},
    {"HF_HOME": "/data/$EMPTY/hf", "EMPTY": ""},
    {"HF_HOME": "/data/$FIRST/hf", "FIRST": "$SECOND", "SECOND": "b"},
    {"HF_HOME": "/data/~/hf"},
    {"XDG_CACHE_HOME": "/xdg"},
    {"XDG_CACHE_HOME": "$SCRATCH", "SCRATCH": "/scratch/ann"},
    {"XDG_CACHE_HOME": "~/xdg"},
    {"HF_HUB_CACHE": "$SCRATCH/cache", "SCRATCH": "/scratch/ann", "HF_HOME": "/data/hf"},
    {"HF_HUB_CACHE": "~/cache"},
    {"HUGGINGFACE_HUB_CACHE": "${SCRATCH}/old", "SCRATCH": "/scratch/ann"},
    {"HF_TOKEN_PATH": "$SECRETS/token", "SECRETS": "/secrets"},
    {"HF_TOKEN_PATH": "~/token"},
]
PRINT = "import huggingface_hub.constants as c; print(c.HF_HUB_CACHE); print(c.HF_TOKEN_PATH)"


def case(environment):
    output = subprocess.run([sys.executable, "-c", PRINT], env=environment, capture_output=True, text=True, check=True)
    cache, token = output.stdout.split("\n")[:2]
    return {"environment": environment, "cache": cache, "token": token}


cases = ",\n".join(json.dumps(case(HOME | environment)) for environment in ENVIRONMENTS)
OUTPUT.parent.mkdir(parents=True, exist_ok=True)
OUTPUT.write_text(f"[\n{cases}\n]\n")
