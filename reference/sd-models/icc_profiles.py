"""Small colour profiles (ICC.1:2010), as cameras, phones, scanners and printers embed them."""

import struct

import numpy as np

D50 = np.array([0.9642, 1.0, 0.8249])
D65 = (0.3127, 0.3290)
BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])


def s15_fixed16(*values: float) -> bytes:
    return struct.pack(f">{len(values)}i", *(round(value * 65536) for value in values))


def xyz(values: np.ndarray) -> bytes:
    return b"XYZ \0\0\0\0" + s15_fixed16(*values)


def description(text: str) -> bytes:
    """A textDescriptionType, of version 2 profiles."""
    ascii_text = text.encode() + b"\0"
    return b"desc\0\0\0\0" + struct.pack(">I", len(ascii_text)) + ascii_text + bytes(4 + 4 + 2 + 1 + 67)


def localized(text: str) -> bytes:
    """A multiLocalizedUnicodeType, of version 4 profiles."""
    encoded = text.encode("utf-16-be")
    return b"mluc\0\0\0\0" + struct.pack(">II2s2sII", 1, 12, b"en", b"US", len(encoded), 28) + encoded


def power(gamma: float) -> bytes:
    return b"curv\0\0\0\0" + struct.pack(">IH", 1, round(gamma * 256))


def srgb_curve() -> bytes:
    return b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + s15_fixed16(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def profile(version: int, device: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    table, body = b"", b""
    for name, data in tags.items():
        table += struct.pack(">4sII", name, 128 + 4 + 12 * len(tags) + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = bytearray(128)
    header[8] = version
    header[12:24] = device + space + connection
    header[24:36] = struct.pack(">6H", 2026, 1, 1, 0, 0, 0)
    header[36:40] = b"acsp"
    header[68:80] = s15_fixed16(*D50)
    whole = bytes(header) + struct.pack(">I", len(tags)) + table + body
    return struct.pack(">I", len(whole)) + whole[4:]


def to_xyz(chromaticity: tuple[float, float]) -> np.ndarray:
    x, y = chromaticity
    return np.array([x / y, 1, (1 - x - y) / y])


def primaries_under_d50(primaries: list[tuple[float, float]]) -> np.ndarray:
    """The XYZ of red, green and blue, a column each, adapted from D65 to D50 (Bradford)."""
    white = to_xyz(D65)
    columns = np.stack([to_xyz(primary) for primary in primaries], axis=1)
    scaled = columns * np.linalg.solve(columns, white)
    adaptation = np.linalg.inv(BRADFORD) @ np.diag((BRADFORD @ D50) / (BRADFORD @ white)) @ BRADFORD
    return adaptation @ scaled


def rgb_profile(version: int, name: str, primaries: list[tuple[float, float]], curve: bytes) -> bytes:
    columns = primaries_under_d50(primaries)
    text = description(name) if version == 2 else localized(name)
    tags = {b"desc": text, b"wtpt": xyz(D50)}
    tags |= {tag: xyz(columns[:, i]) for i, tag in enumerate([b"rXYZ", b"gXYZ", b"bXYZ"])}
    tags |= {tag: curve for tag in [b"rTRC", b"gTRC", b"bTRC"]}
    return profile(version, b"mntr", b"RGB ", b"XYZ ", tags)


def display_p3() -> bytes:
    return rgb_profile(4, "Display P3", [(0.68, 0.32), (0.265, 0.69), (0.15, 0.06)], srgb_curve())


def adobe_rgb() -> bytes:
    return rgb_profile(2, "Adobe RGB (1998)", [(0.64, 0.33), (0.21, 0.71), (0.15, 0.06)], power(2.19921875))


def srgb() -> bytes:
    return rgb_profile(2, "c2", [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)], srgb_curve())


def grey() -> bytes:
    tags = {b"desc": description("Grey Gamma 1.8"), b"wtpt": xyz(D50), b"kTRC": power(1.8)}
    return profile(2, b"mntr", b"GRAY", b"XYZ ", tags)


def cmyk() -> bytes:
    """An imagined press: each corner of the ink cube has its Lab colour, what lies between is interpolated."""
    paper, inks = np.array([95.0, 0, 2]), np.array([[-35.0, -18, -25], [-40, 45, -4], [-8, -4, 50], [-75, 0, 0]])
    corners = []
    for corner in range(16):
        on = [(corner >> (3 - ink)) & 1 for ink in range(4)]
        lightness = paper[0] * np.prod([1 + inks[ink, 0] / 100 for ink in range(4) if on[ink]])
        hue = paper[1:] + sum((inks[ink, 1:] for ink in range(4) if on[ink]), np.zeros(2))
        hue = hue * (0.1 if on[3] else 1.0)
        corners.append([lightness * 255 / 100, *(hue + 128)])
    table = np.clip(np.round(corners), 0, 255).astype(np.uint8).tobytes()
    identity = bytes(range(256))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + s15_fixed16(1, 0, 0, 0, 1, 0, 0, 0, 1)
    tags = {b"desc": description("An Imagined Press"), b"wtpt": xyz(D50)}
    tags[b"A2B0"] = lut + identity * 4 + table + identity * 3
    return profile(2, b"prtr", b"CMYK", b"Lab ", tags)
