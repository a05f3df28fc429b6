"""Writes packages/sd-models/test/golden/tokenizer: strings and their token ids after the three cleanings.

python reference/sd-models/tokenizer_strings.py        (environment: requirements/tokenizer.txt)

slow and fast are transformers' CLIPTokenizer and CLIPTokenizerFast; original is the SimpleTokenizer of OpenAI's CLIP.
Ids are whole, without start, end and padding. Offsets are those of the fast tokenizer, in UTF-16 code units.
"""

import gzip
import importlib.util
import json
import random
import tempfile
from importlib.metadata import distribution
from pathlib import Path

import ftfy
from transformers import CLIPTokenizer, CLIPTokenizerFast

GOLDEN = Path(__file__).parents[2] / "packages/sd-models/test/golden"
MERGES = GOLDEN / "clip_bpe_merges.txt.gz"

WORDS = (
    "a an the photo painting of in on with wearing cat dog lion snowman scarf straw glass lemon tea pizza seafood sky "
    "airplane thunder t-shirt don't it's we're I'll they've i'd masterpiece 4k 8K HDR photo-realistic 1990s "
    "Αθήνα ΟΔΟΣ Σίσυφος МОСКВА москва İstanbul straße STRASSE naïve café résumé Ångström coöperate Øresund "
    "生活的真谛是 日本語 カタカナ ひらがな 한국어 العربية עברית हिन्दी ไทย ქართული Հայերեն "
    "😀 👩‍👩‍👧‍👦 🇫🇷 👍🏽 ❤️ 🏴󠁧󠁢󠁥󠁮󠁧󠁿 ﬁne oﬃce ĳs Ǆungla ＬＯＵＤ　ＮＯＩＳＥＳ Ｕﾀｰﾝ ﾊﾝｶｸ ①②③ Ⅷ ½ ² x² 10³ ∑ √2 ≈ © ® ™ € £5 ¥ § "
    "e\u0301 a\u0308\u0301 n\u0303o o\u0302\u0301 \u1100\u1161\u11a8 q\u0323\u0307 x\u0345 \u0d15\u0d46\u0d3e "
    "‘single’ “double” ‚low’ „low“ ‹x› «y» rock’n’roll ʼn … — – · • "
    "&amp; &lt; &gt; &quot; &copy; &eacute; &EACUTE; &nbsp; &hellip; &#39; &#x27; &#8217; &#x1F600; &amp;amp; &amp;lt; &AMP &notit; "
    "&bogus; &#0; &#128; &#xD800; &#59; &#12ab; &#x; &NewLine; &Tab; &ngE; &szlig; &SZLIG; &copy &eacute "
    "<b>bold</b> <|startoftext|> <|endoftext|> <|ENDOFTEXT|> <|endoftext|>x !!! ?! ... (((masterpiece))) [dog:cat:0.5] a:1.3 "
    "#tag @user http://example.com/a?b=c&d=e user@example.com $100 50% 3.14 1,000 12:30 C++ _under_score_ ~tilde~ `code` \\n "
    "'S 'T 'ſ ſlow K Å ﬅ it’s IT’S"
).split(" ")

SPACES = [" ", " ", " ", "  ", "\t", "\n", "\r\n", "\r", "\u00a0", "\u2003", "\u3000", "\u2028", "\u2029", "\u0085", "\ufeff"]
SPACES += ["\u200b", "\u200d", "\u00ad", "\x0b", "\x0c", "\x1c", "\x1f", "\x00", "\x07", "\x7f", "\u180e", "\u1680", "\u202f", "\u2060"]

MOJIBAKE_SOURCES = [
    "café au lait", "it’s a “quoted” word", "naïve façade", "à la mode", "voilà le travail", "El Niño y la señora", "…and more",
    "Füße über Öl", "пример текста", "Ελληνικά", "日本語", "emoji 😍 here", "10 €", "Å ngström", "às vezes", "Šibenik žena",
    "© 2024 – all rights", "½ cup", "l’été", "“”", "zażółć gęślą jaźń", "İstanbul’da", "السلام", "हिन्दी", "tiếng Việt", "①", "\u00a0x",
]  # fmt: skip
ENCODINGS = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250", "sloppy-windows-1253"]
ENCODINGS += ["sloppy-windows-1254", "sloppy-windows-1257", "iso-8859-2", "macroman", "cp437"]

FIXED = [
    "", " ", "\n", "\ufeff", "a", "!", "'", "''s", "a glass of lemon tea with a straw", "a chinese lion wearing a sunglasses", "it’s ok",
    "生活的真谛是", "word " * 100, "x" * 500, "ab" * 300, "!" * 200, "😀" * 60, "生" * 120, "é" * 90, "a\u0301" * 50, "1234567890" * 12,
    "voilÃ le travail", "Ã la mode", "Ã€ la mode", "â€œ like this â€�", "sÃ³", "âœ” No problems", "&macr;\\_(ã\x83\x84)_/&macr;",
    "Broken text&hellip; it&#x2019;s ﬂubberiﬁc!", "\x1b[36;44mI'm blue\x1b[0m", "P&EACUTE;REZ BUNDESSTRA&SZLIG;E", "&lt;b&gt; &amp;amp;lt;",
    "line one &amp; <b>\nline two &amp;", "line one &amp;\nline <two> &amp;\nline three &amp;", "What is this \x85 I don't even",
    "\u00c0 x", "b\u00e0t", "à²¯à²¾", "Ð¿Ñ\x80Ð¸Ð¼ÐµÑ\x80", "Ã Ã", "l\u2019\u00c3\u00a9t\u00c3\u00a9", "it\u00e2\u20ac\u2122s",
    "Ã¢â‚¬â„¢", "ÃƒÂ©", "ÃƒÆ’Ã‚Â©", "Â©2024", "10Â€", "Ã\u00a0", "fÃ cil", "í\u00a0½í¸\x8d", "â‚¬", "ï»¿bom", "√©t√©", "‚Äôs", "вЂ™", "β€™s",
    "L&amp;AMP;amp;x", "&ampx &ltx &notin; &notinx", "&#x80;&#x81;&#xFDD0;&#x1FFFF;&#13;", "ΑΣ ΑΣ. ΑΣΑ Σ", "İİ I\u0307", "a\u0300\u0301b", "\u0301x",
    "e\u0301\u200d", "\u1112\u1161\u11ab\u1100\u1173\u11af", "\ufb1d \ufb4b", "\u0958", "Ａ＆Ｂ ＆ａｍｐ；", "<|startoftext|>hi<|endoftext|>there &amp; <",
    "hello<|endoftext|>&amp;", "a\u00adb", "zero\u200bwidth", "\U0001d4d0\U0001d4ea", "\U0001f468\u200d\U0001f4bb", "ſ 'ſ K", "ⅷ ⓐ Ⓐ",
]  # fmt: skip


def mojibake(rng: random.Random) -> str:
    text = rng.choice(MOJIBAKE_SOURCES)
    for _ in range(rng.choice([1, 1, 1, 2])):
        try:
            text = text.encode("utf-8").decode(rng.choice(ENCODINGS))
        except UnicodeDecodeError:
            continue
    damage = rng.random()
    if damage < 0.15:
        text = text.replace("\u00a0", " ")
    elif damage < 0.25:
        text = "".join("\ufffd" if 0x80 <= ord(c) < 0xA0 else c for c in text)
    elif damage < 0.5:
        text = rng.choice(WORDS) + " " + text + rng.choice(["", " "]) + rng.choice(WORDS)
    return text


def phrase(rng: random.Random) -> str:
    parts = []
    for _ in range(rng.randint(1, 10)):
        parts += [rng.choice(WORDS), rng.choice(SPACES) if rng.random() < 0.3 else " "]
    text = "".join(parts)
    return text if rng.random() < 0.8 else text.upper()


def noise(rng: random.Random) -> str:
    """Characters at random, most of them where mojibake lives."""
    ranges = [(0x20, 0x7F), (0x80, 0x180), (0x80, 0x100), (0x370, 0x460), (0x2010, 0x2030), (0x2500, 0x2600), (0x300, 0x370)]
    ranges += [(0x4E00, 0x4E80), (0xFB00, 0xFB50), (0xFF00, 0xFFF0), (0x1F600, 0x1F640), (0xAC00, 0xAC80), (0x1100, 0x1200)]
    return "".join(chr(rng.randrange(*rng.choice(ranges))) for _ in range(rng.randint(1, 25)))


def strings() -> list[str]:
    rng = random.Random(2503)
    made = list(dict.fromkeys(FIXED + WORDS))
    makers = [phrase, mojibake, noise]
    while len(made) < 1000:
        text = makers[len(made) % 3](rng)
        if text not in made:
            made.append(text)
    return made


def simple_tokenizer(merges: Path):
    # By its path, since the package itself imports torch.
    path = distribution("clip-anytorch").locate_file("clip/simple_tokenizer.py")
    spec = importlib.util.spec_from_file_location("simple_tokenizer", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SimpleTokenizer(str(merges))


def clip_files(folder: Path) -> None:
    """CLIP's vocabulary as vocab.json and merges.txt."""
    (folder / "vocab.json").write_text(json.dumps(simple_tokenizer(MERGES).encoder))
    lines = gzip.open(MERGES).read().decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *lines]))


def utf16(text: str, position: int) -> int:
    return len(text[:position].encode("utf-16-le")) // 2


def fast_offsets(tokenizer: CLIPTokenizerFast, text: str) -> list[int]:
    pairs = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    return [utf16(text, position) for pair in pairs for position in pair]


def main() -> None:
    original = simple_tokenizer(MERGES)
    with tempfile.TemporaryDirectory() as folder:
        clip_files(Path(folder))
        vocab, merges = Path(folder) / "vocab.json", Path(folder) / "merges.txt"
        slow = CLIPTokenizer(str(vocab), str(merges))
        slow_sd2 = CLIPTokenizer(str(vocab), str(merges), pad_token="!")
        fast = CLIPTokenizerFast(str(vocab), str(merges))
        rows = [
            {
                "text": text,
                "ftfy": ftfy.fix_text(text),
                "slow": slow.encode(text, add_special_tokens=False),
                "fast": fast.encode(text, add_special_tokens=False),
                "original": original.encode(text),
                "offsets": fast_offsets(fast, text),
            }
            for text in strings()
        ]
        sd2 = [{"text": t, "slow": slow_sd2.encode(t, add_special_tokens=False)} for t in ["wow!", "a ! b", "!!", "no"]]
    write("clip_strings.json.gz", rows)
    write("sd2_strings.json.gz", sd2)


def write(name: str, rows: list) -> None:
    text = "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"
    path = GOLDEN / "tokenizer" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(path, "wb", mtime=0) as file:
        file.write(text.encode())


if __name__ == "__main__":
    main()
