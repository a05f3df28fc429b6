import type { ModelFile } from '../files/modelFiles.ts';

const HEAD_BYTES = 512;
/** Characters of a text that are shown. */
const SHOWN = 60;

interface FileKind {
  readonly starts: readonly number[] | string;
  readonly is: string;
  readonly remedy: string;
}

const SAFE_VERSION = 'download the .safetensors version';
const PICKLE_ENDING = /\.(?:bin|ckpt|pt|pth)$/i;
const CONVERT =
  'convert it to safetensors with the program that made it, or download its .safetensors version';

/** Formats of files that are given instead of safetensors files, by first bytes. */
const KINDS: readonly FileKind[] = [
  { starts: 'GGUF', is: 'a GGUF file', remedy: CONVERT },
  { starts: 'ggml', is: 'a GGML file', remedy: CONVERT },
  {
    starts: 'PK\x03\x04',
    is: 'a ZIP archive, as PyTorch writes its .ckpt and .pt files (Python pickles, which can run code when they are read)',
    remedy: SAFE_VERSION,
  },
  // The opcode PROTO and the protocol's number.
  ...[2, 3, 4, 5].map((protocol) => ({
    starts: [0x80, protocol],
    is: 'a Python pickle, which can run code when it is read',
    remedy: SAFE_VERSION,
  })),
  { starts: [0x1f, 0x8b], is: 'a gzip archive', remedy: 'unpack it and give the .safetensors file in it' },
  { starts: '7z\xbc\xaf', is: 'a 7-Zip archive', remedy: 'unpack it and give the .safetensors file in it' },
  { starts: 'Rar!', is: 'a RAR archive', remedy: 'unpack it and give the .safetensors file in it' },
  { starts: '\x89HDF', is: 'an HDF5 file (Keras)', remedy: CONVERT },
];

/**
 * What a file is, by its first bytes, if it is not a safetensors file: `is a GGUF file; convert it ...`. Null if it
 * may be one.
 */
export async function describeOtherFile(file: ModelFile): Promise<string | null> {
  const head = await file.head(HEAD_BYTES);
  if (head.length === 0) return 'is empty (0 bytes); download it again';
  const kind = KINDS.find(({ starts }) => startsWith(head, starts));
  if (kind) return `is ${kind.is}; ${kind.remedy}`;
  if (PICKLE_ENDING.test(file.name)) return `is a Python pickle by its name; ${SAFE_VERSION}`;
  return describeText(new TextDecoder('latin1').decode(head));
}

function startsWith(head: Uint8Array, starts: readonly number[] | string): boolean {
  const bytes = typeof starts === 'string' ? Array.from(starts, (c) => c.charCodeAt(0)) : starts;
  return bytes.every((byte, i) => head[i] === byte);
}

/** A safetensors file starts with its header's length in 8 bytes, of which the last are zero: never with text. */
function describeText(head: string): string | null {
  if (head.startsWith('version https://git-lfs.github.com/spec/')) {
    const size = /^size (\d+)$/m.exec(head)?.[1];
    const whole = size === undefined ? '' : ` (the real file has ${size} bytes)`;
    return `is a Git LFS pointer, not the file itself${whole}; run \`git lfs pull\` in its repository`;
  }
  if (!/^[\t\n\r\x20-\x7e\x80-\xff]{8}/.test(head)) return null;
  const text = head.trim().replace(/\s+/g, ' ');
  const shown = text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text;
  const kind = text.startsWith('<') ? 'a web page' : text.startsWith('{') ? 'JSON' : 'text';
  return `is ${kind}, not weights: ${JSON.stringify(shown)}; download it again from the file's own address (with resolve/, not blob/) and, if the model requires it, a login or token`;
}
