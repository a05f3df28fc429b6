"""The safetensors package's verdict on small whole files, for the reader's tests.

    python -m reference.tensor.safetensors_probes
"""

import base64
import json
import struct

import safetensors

from .family import GOLDEN


def tensor(shape: str, begin: int, end: int, dtype: str = "F32") -> str:
    return f'{{"dtype": "{dtype}", "shape": {shape}, "data_offsets": [{begin}, {end}]}}'


def framed(text: str, data_length: int) -> bytes:
    """A file of this header, after its true length, and as many bytes of data."""
    header = text.encode(errors="surrogateescape")
    return struct.pack("<Q", len(header)) + header + bytes(data_length)


PAIR = tensor("[2]", 0, 8)
OK = f'{{"a": {PAIR}}}'
TIGHT = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}'

FILES = {
    "ok": framed(OK, 8),
    "trailing spaces": framed(OK + "   ", 8),
    "leading space": framed(" " + OK, 8),
    "trailing newline": framed(OK + "\n", 8),
    "trailing NUL pad": framed(OK + "\0", 8),
    "empty header {}": framed("{}", 0),
    "only 8 bytes n=0": framed("", 0),
    "7 bytes": bytes(7),
    "0 bytes": b"",
    "n too big": struct.pack("<Q", 1_000_000) + OK.encode() + bytes(8),
    "n 100MB+1": struct.pack("<Q", 100_000_001) + b"{",
    "n 2^63": struct.pack("<Q", 2**63) + b"{}",
    "n 2^64-1": struct.pack("<Q", 2**64 - 1) + b"{}",
    "extra trailing byte": framed(OK, 9),
    "truncated data": framed(OK, 7),
    "hole": framed(f'{{"a": {tensor("[1]", 4, 8)}}}', 8),
    "overlap": framed(f'{{"a": {PAIR}, "b": {tensor("[1]", 4, 8)}}}', 8),
    "same range twice": framed(f'{{"a": {PAIR}, "b": {PAIR}}}', 8),
    "size mismatch": framed(f'{{"a": {tensor("[3]", 0, 8)}}}', 8),
    "begin>end": framed(f'{{"a": {tensor("[2]", 8, 0)}}}', 8),
    "negative shape": framed(f'{{"a": {tensor("[-2]", 0, 8)}}}', 8),
    "float shape": framed(f'{{"a": {tensor("[2.0]", 0, 8)}}}', 8),
    "overflow shape": framed(f'{{"a": {tensor("[1099511627776, 1099511627776]", 0, 8)}}}', 8),
    "zero-size tensor": framed(f'{{"a": {tensor("[0, 4]", 0, 0)}}}', 0),
    "zero-size between": framed(
        f'{{"a": {tensor("[1]", 0, 4)}, "z": {tensor("[0]", 4, 4)}, "b": {tensor("[1]", 4, 8)}}}', 8
    ),
    "zero-size in hole": framed(f'{{"a": {PAIR}, "z": {tensor("[0]", 4, 4)}}}', 8),
    "scalar []": framed(f'{{"a": {tensor("[]", 0, 4)}}}', 4),
    "unknown dtype": framed(f'{{"a": {tensor("[1]", 0, 4, "F31")}}}', 4),
    "lower dtype": framed(f'{{"a": {tensor("[1]", 0, 4, "f32")}}}', 4),
    "missing shape": framed('{"a": {"dtype": "F32", "data_offsets": [0, 4]}}', 4),
    "extra field": framed('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4], "x": 1}}', 4),
    "3 offsets": framed('{"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4, 4]}}', 4),
    "metadata ok": framed(f'{{"__metadata__": {{"format": "pt"}}, "a": {PAIR}}}', 8),
    "metadata int value": framed(f'{{"__metadata__": {{"x": 1}}, "a": {PAIR}}}', 8),
    "metadata null": framed(f'{{"__metadata__": null, "a": {PAIR}}}', 8),
    "metadata nested": framed(f'{{"__metadata__": {{"x": {{}}}}, "a": {PAIR}}}', 8),
    "dup key same": framed(f'{{"a":{TIGHT},"a":{TIGHT}}}', 4),
    "dup key diff": framed(f'{{"a":{TIGHT},"a":{TIGHT.replace("[0,4]", "[4,8]")}}}', 8),
    "dup metadata": framed('{"__metadata__":{"a":"b"},"__metadata__":{"a":"c"}}', 0),
    "bad utf8": framed(f'{{"\udcff":{TIGHT}}}', 4),
    "array header": framed("[]", 0),
    "json trailing garbage": framed(OK + "x", 8),
    "unsorted order": framed(f'{{"b": {tensor("[1]", 4, 8)}, "a": {tensor("[1]", 0, 4)}}}', 8),
    "F16 odd offset": framed(f'{{"a": {tensor("[1]", 0, 1, "U8")}, "b": {tensor("[1]", 1, 3, "F16")}}}', 3),
    "empty name": framed(f'{{"": {PAIR}}}', 8),
    "__proto__ name": framed('{"__proto__":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
    "BOM": framed("\ufeff" + OK, 8),
    "offset 1e0": framed('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4e0]}}', 4),
    "F4 odd": framed(f'{{"a": {tensor("[1]", 0, 1, "F4")}}}', 1),
}


def verdict(file: bytes) -> str:
    try:
        safetensors.deserialize(file)
        return "accept"
    except safetensors.SafetensorError:
        return "reject"


def main() -> None:
    probes = [
        {"name": name, "verdict": verdict(file), "file": base64.b64encode(file).decode()}
        for name, file in FILES.items()
    ]
    source = f"verdicts of the reference implementation, safetensors {safetensors.__version__}"
    (GOLDEN / "safetensors_probes.json").write_text(json.dumps({"source": source, "probes": probes}, indent=1))


if __name__ == "__main__":
    main()
