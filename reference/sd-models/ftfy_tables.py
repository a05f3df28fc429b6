"""Writes the character tables of the tokenizer's text cleaning as TypeScript.

python reference/sd-models/ftfy_tables.py        (environment: requirements/tokenizer.txt)

The tables are data of ftfy 6.3.1 (Robyn Speer, Apache-2.0), the single-byte codecs and the HTML5 entities of Python.
"""

import html
from pathlib import Path

import ftfy
from ftfy import badness, chardata

SOURCE = Path(__file__).parents[2] / "packages" / "sd-models" / "src" / "tokenizer"
WIDTH = 108


def escape(text: str) -> str:
    """A JavaScript string body of ASCII only."""
    units = text.encode("utf-16-be").hex()
    codes = [int(units[i : i + 4], 16) for i in range(0, len(units), 4)]
    return "".join(chr(c) if 0x20 <= c < 0x7F and chr(c) not in "'\\" else f"\\u{c:04x}" for c in codes)


def record(name: str, comment: str, entries: dict[str, str]) -> str:
    lines = [f"/** {comment} */", f"export const {name} = {{"]
    for key, value in entries.items():
        key = key if key.isidentifier() else f"'{key}'"
        one_line = f"  {key}: '{escape(value)}',"
        # As the formatter does, which never breaks the line after a short key.
        lines.append(one_line if len(one_line) <= WIDTH + 2 or len(key) < 5 else f"  {key}:\n    '{escape(value)}',")
    lines.append("} as const;")
    return "\n".join(lines)


def camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() if not word.isdigit() else word for word in rest)


def write_ftfy_tables() -> None:
    upper_half = bytes(range(0x80, 0x100))
    charmaps = {name: upper_half.decode(name) for name in chardata.CHARMAP_ENCODINGS}
    categories = {camel(k): v for k, v in badness.MOJIBAKE_CATEGORIES.items()}
    clues = {camel(k): v for k, v in chardata.UTF8_CLUES.items()}
    ligatures = {chr(k): v for k, v in chardata.LIGATURES.items()}
    parts = [
        "// Written by reference/sd-models/ftfy_tables.py; do not edit.",
        f"// Data of ftfy {ftfy.__version__}: copyright Robyn Speer, Apache License 2.0.",
        "",
        record("CHARMAPS", "What the bytes 0x80 to 0xff stand for, by encoding, in the order they are tried.", charmaps),
        "",
        record("CATEGORIES", "Bodies of regular-expression classes: characters that occur in mojibake.", categories),
        "",
        record("UTF8_CLUES", "Class bodies: characters that UTF-8 bytes turn into in Latin-like encodings.", clues),
        "",
        "/** Latin ligatures and digraphs, and the letters that they hold. */",
        "export const LIGATURES: ReadonlyMap<string, string> = new Map([",
        *[f"  ['{escape(k)}', '{escape(v)}']," for k, v in ligatures.items()],
        "]);",
        "",
    ]
    (SOURCE / "ftfy" / "tables.ts").write_text("\n".join(parts))


def packed(entities: dict[str, str]) -> list[str]:
    """`name:hex` or `name:hex-hex` words, wrapped to the line width."""
    lines, line = [], ""
    for name, value in sorted(entities.items()):
        word = f"{name}:" + "-".join(f"{ord(c):x}" for c in value)
        if len(line) + len(word) + 7 > WIDTH:
            lines.append(line)
            line = ""
        line += word + " "
    return [*lines, line.rstrip()]


def write_entities() -> None:
    html5 = html.entities.html5
    legacy = {k: v for k, v in html5.items() if not k.endswith(";")}
    strict = {k[:-1]: v for k, v in html5.items() if k.endswith(";") and k[:-1] not in legacy}
    assert all(html5[k + ";"] == v for k, v in legacy.items())
    body = ["// Written by reference/sd-models/ftfy_tables.py; do not edit. The named character references of HTML5.", ""]
    for name, comment, entities in [
        ("ENTITIES", "Names that need their semicolon, with the code points they stand for.", strict),
        ("LEGACY_ENTITIES", "Names that are understood without a semicolon too.", legacy),
    ]:
        lines = packed(entities)
        body += [f"/** {comment} */", f"export const {name} ="]
        body += [f"  '{line}' +" for line in lines[:-1]] + [f"  '{lines[-1]}';", ""]
    (SOURCE / "htmlEntities.ts").write_text("\n".join(body))


if __name__ == "__main__":
    write_ftfy_tables()
    write_entities()
