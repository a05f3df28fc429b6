"""Writes packages/sd-models/test/golden/image: what Pillow and torchvision's arithmetic make of small pictures.

python reference/sd-models/pillow_resize.py        (environment: requirements/pillow.txt)

Pictures are base64 of raw bytes; large results are their SHA-256.
"""

import base64
import hashlib
import io
import json
import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

GOLDEN = Path(__file__).parents[2] / "packages/sd-models/test/golden/image"

RESIZES = {
    (7, 5): [(16, 16), (3, 2), (7, 9), (20, 5), (1, 1)],
    (64, 48): [(32, 24), (17, 63), (100, 7), (65, 47), (5, 3)],
    (33, 90): [(34, 45), (11, 11), (32, 91)],
    (1, 1): [(4, 3)],
    (2, 9): [(9, 2), (3, 100)],
    (150, 4): [(1, 4), (149, 3), (13, 13)],
}
LARGE_RESIZES = [((37, 53), (512, 512)), ((700, 301), (512, 512)), ((513, 511), (512, 512)), ((1023, 767), (224, 224))]
CLIP_SIZES = [(300, 225), (225, 300), (224, 224), (231, 640), (100, 57), (513, 229)]
CLIP_MEAN = np.array([0.48145466, 0.4578275, 0.40821073], np.float32)
CLIP_STD = np.array([0.26862954, 0.26130258, 0.27577711], np.float32)


def picture(width: int, height: int, seed: int) -> np.ndarray:
    """Two of three blocks are noise or flat extremes, so that the filter's overshoot is clipped; the tests make it too.

    The generator is a 32-bit linear congruential one.
    """
    state = seed
    values = []
    for _ in range(width * height * 3):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        top = state >> 24
        values.append(0 if top < 64 else 255 if top > 191 else (state >> 16) & 0xFF)
    return np.array(values, np.uint8).reshape(height, width, 3)


def base64_of(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def sha256_of(array: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def resizes() -> list[dict]:
    rows = []
    for source, targets in RESIZES.items():
        image = Image.fromarray(picture(*source, seed=1))
        for target in targets:
            rgb, grey = image.resize(target), image.getchannel(0).resize(target)
            rows.append({"source": source, "target": target, "rgb": base64_of(rgb), "firstChannel": base64_of(grey)})
    return rows


def large_resizes() -> list[dict]:
    rows = []
    for source, target in LARGE_RESIZES:
        image = Image.fromarray(picture(*source, seed=2))
        rows.append({"source": source, "target": target, "sha256": sha256_of(image.resize(target))})
    return rows


def clip_planes(image: Image.Image) -> np.ndarray:
    """torchvision's Resize(224, bicubic), CenterCrop(224), ToTensor and Normalize, as OpenAI's CLIP composes them."""
    width, height = image.size
    short, long = min(width, height), max(width, height)
    new_long = int(224 * long / short)
    image = image.resize((224, new_long) if width <= height else (new_long, 224), Image.Resampling.BICUBIC)
    left, top = int(round((image.width - 224) / 2.0)), int(round((image.height - 224) / 2.0))
    pixels = np.asarray(image.crop((left, top, left + 224, top + 224))).astype(np.float32) / np.float32(255)
    return ((pixels - CLIP_MEAN) / CLIP_STD).transpose(2, 0, 1)


def clips() -> list[dict]:
    rows = []
    for source in CLIP_SIZES:
        planes = clip_planes(Image.fromarray(picture(*source, seed=3)))
        assert planes.dtype == np.float32
        rows.append({"source": source, "sha256": sha256_of(planes)})
    return rows


def square_crops() -> list[dict]:
    """The released LUSD program's preparation of its input."""
    rows = []
    for width, height in [(9, 6), (6, 9), (8, 5), (5, 5)]:
        pixels = picture(width, height, seed=4)
        size = min(width, height)
        left, top = (width - size) // 2, (height - size) // 2
        square = pixels[top : top + size, left : left + size]
        planes = (square.astype(np.float32) / 127.5 - 1).transpose(2, 0, 1)
        rows.append({"source": [width, height], "square": base64_of(square), "sha256OfPlanes": sha256_of(planes)})
    return rows


def png16(pixels: np.ndarray) -> bytes:
    """A 16-bit RGB PNG, which Pillow reads but does not write."""
    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in pixels)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def files() -> dict[str, bytes]:
    noise = np.random.default_rng(5).integers(0, 256, (13, 17, 4), dtype=np.uint8)
    rgba, cmyk = Image.fromarray(noise, "RGBA"), Image.fromarray(noise, "CMYK")
    smooth = Image.fromarray(noise[:5, :6, :3].copy()).resize((17, 13))
    palette = smooth.quantize(7)
    exif = Image.Exif()
    exif[0x0112] = 6
    wide = np.random.default_rng(6).integers(0, 65536, (13, 17, 3), dtype=np.uint16)
    made = {}

    def save(name: str, image: Image.Image, **options) -> None:
        buffer = io.BytesIO()
        image.save(buffer, {"jpg": "JPEG", "tif": "TIFF"}.get(name[-3:], name.split(".")[-1].upper()), **options)
        made[name] = buffer.getvalue()

    save("rgb.png", rgba.convert("RGB"))
    save("rgba.png", rgba)
    save("grey.png", rgba.convert("L"))
    save("greyAlpha.png", rgba.convert("LA"))
    save("oneBit.png", rgba.convert("1"))
    save("palette.png", palette)
    save("paletteTransparent.png", palette, transparency=3)
    save("profile.png", smooth, icc_profile=b"not a profile")
    made["sixteenBit.png"] = png16(wide)
    save("plain.jpg", smooth, quality=80)
    save("subsampled.jpg", rgba.convert("RGB"), quality=60, subsampling=2)
    save("progressive.jpg", smooth, progressive=True)
    save("grey.jpg", smooth.convert("L"))
    save("cmyk.jpg", cmyk)
    save("turned.jpg", smooth, exif=exif)
    save("lossy.webp", smooth, quality=70)
    save("losslessAlpha.webp", rgba, lossless=True)
    save("still.gif", palette)
    save("animated.gif", palette, save_all=True, append_images=[smooth.rotate(90).quantize(5)])
    save("rgb.tif", smooth)
    save("cmyk.tif", cmyk)
    return made


def decoded() -> list[dict]:
    rows = []
    for name, data in files().items():
        (GOLDEN / name).write_bytes(data)
        image = Image.open(io.BytesIO(data))
        rows.append({"name": name, "rgb": base64_of(image.convert("RGB")), "luminance": base64_of(image.convert("RGB").convert("L"))})
    return rows


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    results = {"resizes": resizes(), "largeResizes": large_resizes(), "clips": clips(), "squares": square_crops(), "decoded": decoded()}
    lines = [f"{json.dumps(key)}: [\n" + ",\n".join(map(json.dumps, rows)) + "\n]" for key, rows in results.items()]
    (GOLDEN / "pillow.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
