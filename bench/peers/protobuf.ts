/** Protocol buffer fields, as much of the wire format as an ONNX model needs. */
export type Field = Uint8Array;

const VARINT = 0;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  return [...bytes, Number(rest)];
}

function tag(number: number, wireType: number): number[] {
  return varint((number << 3) | wireType);
}

/** An int32, int64 or enum. */
export function int(number: number, value: number): Field {
  return Uint8Array.from([...tag(number, VARINT), ...varint(value)]);
}

export function float(number: number, value: number): Field {
  return Buffer.concat([
    Uint8Array.from(tag(number, FIXED32)),
    new Uint8Array(Float32Array.of(value).buffer),
  ]);
}

export function bytes(number: number, value: Uint8Array): Field {
  return Buffer.concat([Uint8Array.from([...tag(number, LENGTH_DELIMITED), ...varint(value.length)]), value]);
}

export function string(number: number, value: string): Field {
  return bytes(number, Buffer.from(value));
}

export function message(number: number, fields: readonly Field[]): Field {
  return bytes(number, Buffer.concat(fields));
}
