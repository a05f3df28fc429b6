"""Writes packages/sd-models/test/golden/image/pictures.json: files as people have them, and what Pillow makes of them.

python reference/sd-models/pictures.py        (environment: requirements/pillow.txt)

Files and pixels are base64. "upright" is how a viewer shows a picture, "released" what the released program gets:
`Image.open(path).convert("RGB")`.
"""

import base64
import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageOps

import icc_profiles
from pillow_resize import png16

GOLDEN = Path(__file__).parents[2] / "packages/sd-models/test/golden/image"
SRGB = ImageCms.createProfile("sRGB")
ORIENTATION = 0x0112


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pixels(image: Image.Image) -> dict:
    return {"width": image.width, "height": image.height, "data": base64_of(image.tobytes())}


def saved(image: Image.Image, kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def noise(width: int, height: int, channels: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, channels), dtype=np.uint8)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


LOSSLESS = {"WEBP": {"lossless": True}}


def oriented() -> list[dict]:
    """Every orientation in every format that can say it."""
    image = Image.fromarray(noise(5, 3, 3, seed=1))
    rows = []
    for kind in ["JPEG", "PNG", "WEBP", "TIFF"]:
        for orientation in range(1, 9):
            exif = Image.Exif()
            exif[ORIENTATION] = orientation
            file = saved(image, kind, exif=exif, **LOSSLESS.get(kind, {}))
            upright = ImageOps.exif_transpose(opened(file)).convert("RGB")
            row = {"format": kind, "orientation": orientation, "file": base64_of(file)}
            rows.append(row | {"upright": pixels(upright), "released": pixels(opened(file).convert("RGB"))})
    return rows


def phone_photo() -> dict:
    """A portrait of 30 x 40 as a phone stores it: 40 x 30, to be turned by a quarter."""
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    upright = Image.fromarray(noise(5, 4, 3, seed=2)).resize((30, 40))
    file = saved(upright.transpose(Image.Transpose.ROTATE_90), "JPEG", exif=exif, quality=90)
    return {"file": base64_of(file), "upright": pixels(ImageOps.exif_transpose(opened(file)))}


def to_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(image, source, SRGB, renderingIntent=0, outputMode="RGB")


def from_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    target = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    return ImageCms.profileToProfile(image, SRGB, target, renderingIntent=0, outputMode="RGB")


def with_profile(png: bytes, profile: bytes) -> bytes:
    header = 8 + 25
    return png[:header] + png_chunk(b"iCCP", b"profile\0\0" + zlib.compress(profile)) + png[header:]


def profiled() -> list[dict]:
    """Pictures with a colour profile, and Pillow's (LittleCMS's) conversion of them to sRGB."""
    rows = []

    def add(name: str, file: bytes, upright: Image.Image, **more) -> None:
        rows.append({"name": name, "file": base64_of(file), "upright": pixels(upright.convert("RGB"))} | more)

    shown = noise(8, 6, 3, seed=3) // 2 + 60
    shown[0, :4] = [[200, 50, 50], [255, 0, 0], [128, 128, 128], [255, 255, 255]]
    original = Image.fromarray(shown)
    for profile_name, profile in [("Display P3", icc_profiles.display_p3()), ("Adobe RGB (1998)", icc_profiles.adobe_rgb())]:
        image = from_srgb(original, profile)
        named = {"profile": profile_name}
        for kind in ["PNG", "WEBP", "TIFF"]:
            file = saved(image, kind, icc_profile=profile, **LOSSLESS.get(kind, {}))
            add(f"{profile_name} {kind}", file, to_srgb(image, profile), original=pixels(original), **named)
        jpeg = saved(image, "JPEG", icc_profile=profile, quality=95, subsampling=0)
        add(f"{profile_name} JPEG", jpeg, to_srgb(opened(jpeg).convert("RGB"), profile), **named)
        palette = image.quantize(16)
        add(f"{profile_name} palette", saved(palette, "PNG", icc_profile=profile), to_srgb(palette.convert("RGB"), profile), **named)
        wide = with_profile(png16(np.asarray(image).astype(np.uint16) * 257), profile)
        add(f"{profile_name} 16 bits", wide, to_srgb(image, profile), original=pixels(original), **named)

    grey, named = original.convert("L"), {"profile": "Grey Gamma 1.8"}
    profile = icc_profiles.grey()
    add("grey PNG", saved(grey, "PNG", icc_profile=profile), to_srgb(grey, profile), **named)
    add("grey TIFF", saved(grey, "TIFF", icc_profile=profile), to_srgb(grey, profile), **named)
    jpeg = saved(grey, "JPEG", icc_profile=profile)
    add("grey JPEG", jpeg, to_srgb(opened(jpeg), profile), **named)
    opaque = Image.merge("LA", [grey, Image.new("L", grey.size, 255)])
    add("grey with alpha", saved(opaque, "PNG", icc_profile=profile), to_srgb(grey, profile), **named)
    wide = saved(Image.fromarray(np.asarray(grey).astype(np.uint16) * 257), "PNG")
    add("grey of 16 bits", with_profile(wide, profile), to_srgb(grey, profile), **named)

    # Where black ink is nearly full, LittleCMS's own ways of computing differ by more than a few levels.
    inks = noise(8, 6, 4, seed=4)
    inks[..., 3] //= 2
    profile, named = icc_profiles.cmyk(), {"profile": "An Imagined Press"}
    cmyk = Image.frombytes("CMYK", (8, 6), inks.tobytes())
    add("CMYK TIFF", saved(cmyk, "TIFF", icc_profile=profile), to_srgb(cmyk, profile), **named)
    jpeg = saved(cmyk, "JPEG", icc_profile=profile, quality=95)
    add("CMYK JPEG", jpeg, to_srgb(opened(jpeg), profile), **named)

    # To say sRGB in other words changes nothing, and is not worth a word.
    add("sRGB by another name", saved(original, "PNG", icc_profile=icc_profiles.srgb()), original, profile=None)
    built_in = bytearray(ImageCms.ImageCmsProfile(SRGB).tobytes())
    built_in[24:36] = bytes(12)  # when it was made
    add("sRGB of LittleCMS", saved(original, "PNG", icc_profile=bytes(built_in)), original, profile=None)
    return rows


def wide_inks() -> dict:
    """A TIFF of 16-bit CMYK, which Pillow reads but does not write."""
    inks = noise(8, 6, 8, seed=20).view("<u2")
    inks[..., 3] //= 2
    profile, data = icc_profiles.cmyk(), inks.tobytes()
    before = 8 + 2 + 11 * 12 + 4
    bits = struct.pack("<4H", 16, 16, 16, 16)
    tags = [(256, 4, 1, 8), (257, 4, 1, 6), (258, 3, 4, before), (259, 3, 1, 1), (262, 3, 1, 5)]
    tags += [(273, 4, 1, before + len(bits)), (277, 3, 1, 4), (278, 4, 1, 6), (279, 4, 1, len(data)), (284, 3, 1, 1)]
    tags += [(34675, 7, len(profile), before + len(bits) + len(data))]
    table = struct.pack("<H", len(tags)) + b"".join(struct.pack("<HHII", *tag) for tag in tags) + bytes(4)
    file = b"II*\0" + struct.pack("<I", 8) + table + bits + data + profile
    image = opened(file)
    upright, released = pixels(to_srgb(image, profile)), pixels(image.convert("RGB"))
    return {"file": base64_of(file), "upright": upright, "released": released}


def over_white(image: Image.Image) -> Image.Image:
    rgba = image.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", rgba.size, "white"), rgba).convert("RGB")


def with_alpha(image: Image.Image, seed: int) -> Image.Image:
    alpha = noise(image.width, image.height, 1, seed)[..., 0]
    alpha[0, :3] = [0, 128, 255]
    return Image.merge({"RGB": "RGBA", "L": "LA"}[image.mode], [*image.split(), Image.fromarray(alpha)])


def transparent() -> list[dict]:
    rgb = Image.fromarray(noise(6, 5, 3, seed=5))
    palette = rgb.quantize(7)
    files = {
        "RGBA PNG": saved(with_alpha(rgb, 6), "PNG"),
        "grey with alpha PNG": saved(with_alpha(rgb.convert("L"), 7), "PNG"),
        "palette PNG": saved(palette, "PNG", transparency=bytes([0, 128, 255, 64])),
        "one colour of a PNG": saved(rgb.convert("L"), "PNG", transparency=rgb.convert("L").getpixel((1, 1))),
        "RGBA WebP": saved(with_alpha(rgb, 8), "WEBP", lossless=True, exact=True),
        "RGBA TIFF": saved(with_alpha(rgb, 9), "TIFF"),
        "GIF": saved(palette, "GIF", transparency=3),
    }
    return [{"name": name, "file": base64_of(file), "upright": pixels(over_white(opened(file)))} for name, file in files.items()]


def masks() -> list[dict]:
    """Luminance times alpha: what is transparent is as black."""
    shape = np.zeros((5, 8), np.uint8)
    shape[1:4, 2:6] = 255
    shape[2, 6] = 128
    shape_image, white = Image.fromarray(shape), Image.new("L", (8, 5), 255)
    by_palette = Image.frombytes("P", (8, 5), (shape > 0).astype(np.uint8).tobytes())
    by_palette.putpalette([255] * 6)
    files = {
        "white, its shape in alpha (RGBA)": saved(Image.merge("RGBA", [white, white, white, shape_image]), "PNG"),
        "white, its shape in alpha (grey)": saved(Image.merge("LA", [white, shape_image]), "PNG"),
        "white, its shape in alpha (WebP)": saved(Image.merge("RGBA", [white, white, white, shape_image]), "WEBP", lossless=True, exact=True),
        "white, its shape in a palette's alpha": saved(by_palette, "PNG", transparency=bytes([0, 255])),
        "grey, half transparent": saved(Image.merge("LA", [shape_image, Image.new("L", (8, 5), 128)]), "PNG"),
        "one bit": saved(shape_image.convert("1", dither=Image.Dither.NONE), "PNG"),
        "one bit TIFF": saved(shape_image.convert("1", dither=Image.Dither.NONE), "TIFF"),
        "grey": saved(shape_image, "PNG"),
        "grey GIF": saved(shape_image, "GIF"),
        "grey BMP": saved(shape_image, "BMP"),
    }
    rows = []
    for name, file in files.items():
        rgba = np.asarray(opened(file).convert("RGBA"), np.float64)
        luminance = np.asarray(opened(file).convert("RGB").convert("L"), np.float64)
        mask = np.round(luminance * rgba[..., 3] / 255).astype(np.uint8)
        rows.append({"name": name, "file": base64_of(file), "hasAlpha": bool((rgba[..., 3] < 255).any()), "mask": base64_of(mask.tobytes())})
    return rows


def half_mask() -> str:
    """White everywhere, its right half transparent."""
    mask = Image.new("RGBA", (32, 32), (255, 255, 255, 0))
    mask.paste((255, 255, 255, 255), (0, 0, 16, 32))
    return base64_of(saved(mask, "PNG"))


def animated() -> list[dict]:
    first, second = (Image.fromarray(noise(6, 5, 3, seed)) for seed in [10, 11])
    files = {
        "GIF": saved(first.quantize(8), "GIF", save_all=True, append_images=[second.quantize(8)]),
        "WebP": saved(first, "WEBP", save_all=True, append_images=[second], lossless=True),
        "PNG": saved(first, "PNG", save_all=True, append_images=[second]),
        "TIFF": saved(first, "TIFF", save_all=True, append_images=[second]),
    }
    return [{"format": name, "file": base64_of(file), "upright": pixels(opened(file).convert("RGB"))} for name, file in files.items()]


def bmp(bits: int, rows: np.ndarray, *, masks: tuple[int, ...] = (), palette: bytes = b"", top_down=False, core=False, extra=b"") -> bytes:
    """A BMP of packed rows, [height, bytes]; Pillow writes few of the kinds that it reads."""
    height, length = rows.shape
    width = length * 8 // bits
    padded = np.pad(rows, ((0, 0), (0, -length % 4)))
    body = (padded if top_down else padded[::-1]).tobytes()
    table = struct.pack(f"<{len(masks)}I", *masks)
    if core:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        signed = -height if top_down else height
        compression = 3 if masks else 0
        colours = len(palette) // 4
        fields = (40 + len(extra), width, signed, 1, bits, compression, len(body), 2835, 2835, colours, colours)
        header = struct.pack("<IiiHHIIiiII", *fields)
    before = header + (table if not extra else extra) + palette
    return struct.pack("<2sIHHI", b"BM", 14 + len(before) + len(body), 0, 0, 14 + len(before)) + before + body


def bitmaps() -> list[dict]:
    rgb = Image.fromarray(noise(6, 5, 3, seed=12))
    bgr = noise(6, 5, 3, seed=13).reshape(5, -1)
    bgrx = noise(6, 5, 4, seed=14).reshape(5, -1)
    sixteen = noise(6, 5, 2, seed=15).reshape(5, -1)
    colours = noise(16, 1, 4, seed=16).tobytes()
    rgb_masks = (0xFF0000, 0xFF00, 0xFF)
    version_5 = struct.pack("<4I", *rgb_masks, 0xFF000000) + b"BGRs" + bytes(64)
    files = {
        "24 bits": saved(rgb, "BMP"),
        "8 bits, palette": saved(rgb.quantize(9), "BMP"),
        "8 bits, grey": saved(rgb.convert("L"), "BMP"),
        "1 bit": saved(rgb.convert("1"), "BMP"),
        "4 bits": bmp(4, noise(3, 5, 1, seed=17)[..., 0], palette=colours),
        "24 bits, top-down": bmp(24, bgr, top_down=True),
        "32 bits": bmp(32, bgrx),
        "32 bits, top-down": bmp(32, bgrx, top_down=True),
        "32 bits, masks": bmp(32, bgrx, masks=rgb_masks),
        "32 bits, masks and alpha": bmp(32, bgrx, masks=(*rgb_masks, 0xFF000000), extra=version_5),
        "16 bits": bmp(16, sixteen),
        "16 bits, masks": bmp(16, sixteen, masks=(0xF800, 0x07E0, 0x001F)),
        "OS/2": bmp(24, bgr, core=True),
    }
    rows = []
    for name, file in files.items():
        image = opened(file)
        row = {"name": name, "file": base64_of(file), "released": pixels(image.convert("RGB"))}
        rows.append(row | {"upright": pixels(over_white(image))})
    return rows


def avif() -> list[dict]:
    smooth = Image.fromarray(noise(3, 2, 3, seed=18)).resize((24, 16))
    exif = Image.Exif()
    exif[ORIENTATION] = 6
    rows = []
    for orientation, options in [(1, {}), (6, {"exif": exif})]:
        file = saved(smooth, "AVIF", quality=95, subsampling="4:4:4", **options)
        upright = ImageOps.exif_transpose(opened(file)).convert("RGB")
        rows.append({"orientation": orientation, "file": base64_of(file), "upright": pixels(upright)})
    return rows


def raw_photo() -> str:
    """A TIFF as cameras write their raw files: its first picture is a small preview."""
    tags = {254: 1, 50706: b"\1\4\0\0"}
    return base64_of(saved(Image.fromarray(noise(6, 5, 3, seed=19)), "TIFF", tiffinfo=tags))


FAMILIES: dict[str, Callable[[], list[dict]]] = {
    "oriented": oriented,
    "profiled": profiled,
    "transparent": transparent,
    "masks": masks,
    "animated": animated,
    "bitmaps": bitmaps,
    "avif": avif,
}

if __name__ == "__main__":
    parts = [f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, make())) + "\n]" for name, make in FAMILIES.items()]
    parts += [f'"wideInks": {json.dumps(wide_inks())}']
    parts += [f'"phonePhoto": {json.dumps(phone_photo())}', f'"halfMask": {json.dumps(half_mask())}', f'"rawPhoto": {json.dumps(raw_photo())}']
    (GOLDEN / "pictures.json").write_text("{\n" + ",\n".join(parts) + "\n}\n")
