export type { ByteSource } from './byteSource.ts';
export { toFloat16Bits, toFloat32, toInt32 } from './convert.ts';
export { bitsPerElement, isSafetensorsDType, SAFETENSORS_DTYPES, type SafetensorsDType } from './dtype.ts';
export { SafetensorsError } from './error.ts';
export type { TensorInfo } from './header.ts';
export { openSafetensors, type SafetensorsFile } from './reader.ts';
export type { SafetensorsSource } from './source.ts';
export { encodeSafetensors, type TensorData, writeSafetensors } from './writer.ts';
