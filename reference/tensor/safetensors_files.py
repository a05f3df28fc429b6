"""Files, verdicts and conversions by the safetensors package and PyTorch, for the reader and writer's tests.

    python -m reference.tensor.safetensors_files

safetensors_written.json    tensors, metadata and the bytes that save_file makes of them
safetensors_verdicts.json   whether the reference accepts a small file after every change of one byte
safetensors_converted.json  elements of each dtype as float32 and float16
"""

import base64
import hashlib
import json
import struct
import tempfile
from pathlib import Path

import numpy as np
import safetensors
import torch
from safetensors.torch import save_file

from .family import GOLDEN


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def raw(tensor: torch.Tensor) -> bytes:
    return tensor.reshape(-1).view(torch.uint8).numpy().tobytes() if tensor.numel() else b""


# ------------------------------------------------------------------ what save_file writes


def every_dtype() -> dict[str, torch.Tensor]:
    dtypes = "bool uint8 int8 float8_e5m2 float8_e4m3fn float8_e8m0fnu float8_e4m3fnuz float8_e5m2fnuz int16 uint16"
    dtypes += " float16 bfloat16 int32 uint32 float32 complex64 float64 int64 uint64"
    return {f"t.{name}": torch.tensor([[1.0, 2.0], [4.0, 8.0]]).to(getattr(torch, name)) for name in dtypes.split()}


def one(value: float) -> torch.Tensor:
    return torch.tensor([value])


# At most one metadata entry: the reference writes several in an order that changes from run to run.
WRITTEN = {
    "every dtype": (every_dtype(), {"format": "pt"}),
    "nothing": ({}, None),
    "empty metadata": ({"a": one(1.0)}, {}),
    "scalar and zero size": ({"z": torch.zeros(0, 3), "s": torch.tensor(7.0), "a": torch.zeros(2, 0)}, None),
    "odd offsets": ({"h": torch.zeros(1, dtype=torch.float16), "b": torch.zeros(3, dtype=torch.uint8)}, None),
    "escapes": ({'quote" back\\ slash/ \b\f\n\r\t \x01 \x7f \u2028': one(1.0)}, {"k\n": "\x1f\U0001f600"}),
    "names beyond the BMP": ({"\U0001f600": one(1.0), "\uff21": one(2.0), "\ud7ff": one(3.0), "a": one(4.0)}, None),
    "odd names": ({"": one(1.0), "__proto__": one(2.0), "constructor": one(3.0), "ab": one(4.0), "a": one(5.0)}, None),
}


def written(name: str, tensors: dict[str, torch.Tensor], metadata: dict[str, str] | None) -> dict:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file.safetensors"
        save_file(tensors, path, metadata)
        file = path.read_bytes()
    header = json.loads(file[8 : 8 + int.from_bytes(file[:8], "little")])
    rows = [
        {"name": key, "dtype": header[key]["dtype"], "shape": list(tensor.shape), "data": b64(raw(tensor))}
        for key, tensor in tensors.items()
    ]
    return {"name": name, "tensors": rows, "metadata": metadata, "file": b64(file)}


# ------------------------------------------------------------------ what the reference accepts

HEADER = (
    '{"__metadata__":{"k":"v\\u00e9\\n"},"\u00e9":{"dtype":"U8","shape":[2,1],"data_offsets":[4,6],'
    '"x":[1.5e1,-0,null,true,{"y":1}]},"b":{"data_offsets":[0,4],"dtype":"F32","shape":[]}} '
).encode()
DATA = bytes(6)


def accepted(prefix: bytes, header: bytes, data: bytes = DATA) -> bool:
    try:
        safetensors.deserialize(prefix + header + data)
        return True
    except safetensors.SafetensorError:
        return False


def with_length(header: bytes) -> bool:
    return accepted(struct.pack("<Q", len(header)), header)


def replaced() -> list[bool]:
    """Byte p of length and header set to b, for every p, then every b."""
    start = struct.pack("<Q", len(HEADER)) + HEADER
    changes = ((p, b) for p in range(len(start)) for b in range(256))
    return [accepted(start[:p], bytes([b]) + start[p + 1 :]) for p, b in changes]


def inserted() -> list[bool]:
    """Byte b put before byte p of the header, whose length follows."""
    changes = ((p, b) for p in range(len(HEADER) + 1) for b in range(256))
    return [with_length(HEADER[:p] + bytes([b]) + HEADER[p:]) for p, b in changes]


def deleted() -> list[bool]:
    """Bytes p to q (not included) of the header cut out, for every p < q."""
    size = len(HEADER)
    return [with_length(HEADER[:p] + HEADER[q:]) for p in range(size) for q in range(p + 1, size + 1)]


TENSOR = '"dtype":"F32","shape":[2],"data_offsets":[0,8]'


def member(text: str) -> str:
    return '{"a":{' + TENSOR + "," + text + "}}"


def shaped(shape: str, dtype: str = "F32", length: int = 0) -> str:
    return f'{{"a":{{"dtype":"{dtype}","shape":[{shape}],"data_offsets":[0,{length}]}}}}'


# Headers, with the bytes of data behind them.
PROBES = {
    "a repeated field": (member('"dtype":"F32"'), 8),
    "a repeated unknown field": (member('"x":1,"x":2'), 8),
    "a repeated name, the first with a wrong shape": ('{"a":{"dtype":"F32","shape":[9],"data_offsets":[0,8]},"a":{%s}}' % TENSOR, 8),
    "a repeated metadata key": ('{"__metadata__":{"x":"1","x":"2"},"a":{%s}}' % TENSOR, 8),
    "metadata null twice": ('{"__metadata__":null,"__metadata__":null,"a":{%s}}' % TENSOR, 8),
    "metadata as an array": ('{"__metadata__":[],"a":{%s}}' % TENSOR, 8),
    "an escaped field name": ('{"a":{"\\u0064type":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
    "an escaped __metadata__": ('{"\\u005f_metadata__":{"a":"b"},"a":{%s}}' % TENSOR, 8),
    "a surrogate pair": ('{"\\ud83d\\ude00":{%s}}' % TENSOR, 8),
    "a lone high surrogate": (member('"x":"\\ud83d"'), 8),
    "a high surrogate before another character": (member('"x":"\\ud83d\\u0041"'), 8),
    "a lone low surrogate": (member('"x":"\\ude00"'), 8),
    "a number beyond doubles": (member('"x":1e999'), 8),
    "a number that underflows": (member('"x":1e-999'), 8),
    "an unused integer beyond 64 bits": (member('"x":123456789012345678901234567890'), 8),
    "an unused integer beyond doubles": (member('"x":' + "9" * 400), 8),
    "125 levels below a tensor": (member('"x":' + "[" * 125 + "]" * 125), 8),
    "126 levels below a tensor": (member('"x":' + "[" * 126 + "]" * 126), 8),
    "an extent of 2^64": (shaped("18446744073709551616,0"), 0),
    "overflow before a zero": (shaped("18446744073709551615,2,0"), 0),
    "overflow of bits": (shaped("4611686018427387904"), 0),
    "a null shape": ('{"a":{"dtype":"F32","shape":null,"data_offsets":[0,8]}}', 8),
    "offsets as strings": ('{"a":{"dtype":"F32","shape":[2],"data_offsets":["0","8"]}}', 8),
    "a null tensor": ('{"a":null}', 0),
    "a null header": ("null", 0),
    "two objects": ("{}{}", 0),
    "a vertical tab": ('\x0b{"a":{%s}}' % TENSOR, 8),
    "a no-break space": ('\u00a0{"a":{%s}}' % TENSOR, 8),
    "F4 of whole bytes": (shaped("2,8", "F4", 8), 8),
    "F4 that ends inside a byte": (shaped("15", "F4", 8), 8),
    "F6 of whole bytes": (shaped("4", "F6_E3M2", 3), 3),
    "F6 that ends inside a byte": (shaped("1", "F6_E2M3", 1), 1),
}


def probe(name: str, header: str, data_length: int) -> dict:
    text = header.encode()
    verdict = accepted(struct.pack("<Q", len(text)), text, bytes(data_length))
    return {"name": name, "header": header, "dataLength": data_length, "accepted": verdict}


def packed(verdicts: list[bool]) -> str:
    return b64(np.packbits(verdicts, bitorder="little").tobytes())


# ------------------------------------------------------------------ conversions


def canonical(tensor: torch.Tensor) -> torch.Tensor:
    """Which bits a NaN keeps is the hardware's choice: all become the positive quiet one."""
    return torch.where(tensor.isnan(), torch.full_like(tensor, float("nan")), tensor)


def converted(dtype: str, values: torch.Tensor) -> dict:
    to_f32, to_f16 = canonical(values.to(torch.float32)), canonical(values.to(torch.float16))
    return {"dtype": dtype, "data": b64(raw(values)), "float32": b64(raw(to_f32)), "float16": b64(raw(to_f16))}


def digest(dtype: str, values: torch.Tensor) -> dict:
    """For every code of a 16-bit dtype, in order: only a digest of the results is kept."""
    to_f32, to_f16 = canonical(values.to(torch.float32)), canonical(values.to(torch.float16))
    return {
        "dtype": dtype,
        "float32": hashlib.sha256(raw(to_f32)).hexdigest(),
        "float16": hashlib.sha256(raw(to_f16)).hexdigest(),
    }


def codes(bits: int, dtype: torch.dtype) -> torch.Tensor:
    kind = np.uint8 if bits == 8 else np.uint16
    return torch.from_numpy(np.arange(2**bits, dtype=np.int64).astype(kind)).view(dtype)


def spread(random: np.random.Generator, count: int) -> np.ndarray:
    """Floats from far below f16's subnormals to beyond its largest, some of them halfway between two halves."""
    values = random.standard_normal(count) * 2.0 ** random.integers(-30, 20, count)
    halfway = np.round(values / 2.0 ** (np.floor(np.log2(np.abs(values))) - 11)) * 2.0 ** (
        np.floor(np.log2(np.abs(values))) - 11
    )
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 65504, 65519.99, 65520, 2**-24, 2**-25, 2**-25 * 1.0001, 2**-14]
    return np.concatenate([values, halfway, edges, np.negative(edges)])


def wide(random: np.random.Generator, unsigned: bool) -> torch.Tensor:
    """64-bit integers of every magnitude, and those where rounding twice, by way of a double, goes wrong."""
    lengths = random.integers(1, 64, 400)
    values = [int(random.integers(0, 2**62)) >> int(62 - min(length, 62)) for length in lengths]
    for shift in range(54, 63):
        tie = 2**shift + 2 ** (shift - 24)
        values += [tie - 1, tie, tie + 1]
    values = values + [2**64 - 1, 2**63] if unsigned else values + [-v for v in values] + [-(2**63), 2**63 - 1]
    return torch.from_numpy(np.array(values, dtype=np.uint64 if unsigned else np.int64))


def conversions() -> dict:
    random = np.random.default_rng(5)
    floats = spread(random, 600)
    tenths = np.concatenate([floats, np.array([1e300, -1e300, 1e-320, 2048.5 + 2**-30, 1 + 2**-24 + 2**-40])])
    return {
        "cases": [
            converted("F8_E4M3", codes(8, torch.float8_e4m3fn)),
            converted("F8_E5M2", codes(8, torch.float8_e5m2)),
            converted("F32", torch.from_numpy(floats.astype(np.float32))),
            converted("F64", torch.from_numpy(tenths)),
            converted("I64", wide(random, unsigned=False)),
            converted("U64", wide(random, unsigned=True)),
            converted("I32", torch.tensor([0, 1, -1, 2**24 + 1, -(2**31), 2**31 - 1], dtype=torch.int32)),
            converted("U32", torch.tensor([0, 1, 2**24 + 1, 2**31, 2**32 - 1], dtype=torch.uint32)),
            converted("I16", torch.tensor([0, 1, -1, -(2**15), 2**15 - 1], dtype=torch.int16)),
            converted("U16", torch.tensor([0, 1, 2049, 65519, 65535], dtype=torch.uint16)),
            converted("I8", codes(8, torch.int8)),
            converted("U8", codes(8, torch.uint8)),
            converted("BOOL", torch.tensor([True, False, True])),
        ],
        "everyCode": [digest("F16", codes(16, torch.float16)), digest("BF16", codes(16, torch.bfloat16))],
    }


def write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")


if __name__ == "__main__":
    write(GOLDEN / "safetensors_written.json", [written(name, *case) for name, case in WRITTEN.items()])
    write(
        GOLDEN / "safetensors_verdicts.json",
        {
            "probes": [probe(name, *args) for name, args in PROBES.items()],
            "header": b64(HEADER),
            "dataLength": len(DATA),
            "replaced": packed(replaced()),
            "inserted": packed(inserted()),
            "deleted": packed(deleted()),
        },
    )
    write(GOLDEN / "safetensors_converted.json", conversions())
