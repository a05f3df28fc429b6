"""Copies CLIP's merges, MIT, from the package clip-anytorch.

    python reference/sd-models/clip_merges.py        (environment: requirements/tokenizer.txt)

Writes packages/sd-models/test/golden/clip_bpe_merges.txt.gz, the released file, and
packages/sd-models/src/tokenizer/clipMerges.ts, the part of it that CLIP uses, as code.
"""

import base64
import gzip
import shutil
import textwrap
import zlib
from importlib.metadata import distribution
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2] / "packages/sd-models"
RELEASED = PACKAGE / "test/golden/clip_bpe_merges.txt.gz"
CODE = PACKAGE / "src/tokenizer/clipMerges.ts"
MERGE_COUNT = 49152 - 256 - 2

HEADER = """// Written by reference/sd-models/clip_merges.py; do not edit. The merges of OpenAI's CLIP (https://github.com/openai/CLIP), MIT:
// one a line, in base64 of zlib's format.
"""

if __name__ == "__main__":
    shutil.copyfile(distribution("clip-anytorch").locate_file("clip/bpe_simple_vocab_16e6.txt.gz"), RELEASED)
    merges = gzip.decompress(RELEASED.read_bytes()).decode().split("\n")[1 : MERGE_COUNT + 1]
    code = base64.b64encode(zlib.compress("\n".join(merges).encode(), 9)).decode()
    lines = "\n".join(textwrap.wrap(code, 120))
    CODE.write_text(f"{HEADER}export const CLIP_MERGES = `\n{lines}\n`;\n")
