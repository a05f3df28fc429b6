"""Writes packages/sd-models/test/golden/image/png_text.json: PNG files with texts, as Pillow writes them."""

import base64
import io
import json
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

OUTPUT = Path(__file__).parents[2] / "packages/sd-models/test/golden/image/png_text.json"
KEYWORD = "lusd"
LATIN = 'a cup, {"seed": 7}'
UNICODE = "une tasse de thé, 抹茶"


def encoded(info: PngInfo | None) -> str:
    """A PNG file of 3 x 2 pixels, in base64."""
    image = Image.new("RGB", (3, 2))
    image.putdata([(20 * i, 10 * i, 255 - i) for i in range(6)])
    buffer = io.BytesIO()
    image.save(buffer, "PNG", pnginfo=info)
    return base64.b64encode(buffer.getvalue()).decode()


def with_text(text: str, **options: bool) -> str:
    info = PngInfo()
    info.add_text("Software", "another program")
    if options.pop("international", False):
        info.add_itxt(KEYWORD, text, zip=options.get("zip", False))
    else:
        info.add_text(KEYWORD, text)
    return encoded(info)


def main() -> None:
    cases = {
        "keyword": KEYWORD,
        "plain": encoded(None),
        "texts": [
            {"text": LATIN, "png": with_text(LATIN)},
            {"text": UNICODE, "png": with_text(UNICODE, international=True)},
            {"text": None, "png": with_text(UNICODE, international=True, zip=True)},
        ],
        # Of Pillow's reading: a file with one iTXt directly after the header, which is where this library puts it.
        "written": {"text": UNICODE, "png": first_chunk(UNICODE)},
    }
    OUTPUT.write_text(json.dumps(cases, indent=1, ensure_ascii=False) + "\n")


def first_chunk(text: str) -> str:
    info = PngInfo()
    info.add_itxt(KEYWORD, text)
    return encoded(info)


if __name__ == "__main__":
    main()
