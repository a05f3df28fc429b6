"""Copies CLIP's merges, MIT, from the package clip-anytorch to packages/sd-models/test/golden/clip_bpe_merges.txt.gz.

    python reference/clip_merges.py        (environment: requirements-tokenizer.txt)
"""

import shutil
from importlib.metadata import distribution
from pathlib import Path

OUTPUT = Path(__file__).resolve().parents[1] / "packages/sd-models/test/golden/clip_bpe_merges.txt.gz"

if __name__ == "__main__":
    shutil.copyfile(distribution("clip-anytorch").locate_file("clip/bpe_simple_vocab_16e6.txt.gz"), OUTPUT)
