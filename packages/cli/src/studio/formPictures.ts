import type { Image, Mask } from '@lusd/sd-models';
import { type ImageFromFile, type PictureBytes, readImage, readMask } from '@lusd/sd-models/node';
import { describeError } from '../ui/errors.ts';
import { HttpError } from './httpError.ts';

/** A picture and its mask, as a request gives them. */
export interface FormPictures {
  readonly image: Image;
  readonly mask: Mask | null;
}

/**
 * Decodes the pictures of a form.
 * @param field of the picture
 * @throws HttpError 400 naming the field that is missing or is no picture
 */
export async function readPictures(form: FormData, field = 'image'): Promise<FormPictures> {
  const image = await decoded(form, field, (source) => readImage(source));
  if (!image) throw new HttpError(400, `the form has no file '${field}'; send the picture in it`, field);
  const mask = await decoded(form, 'mask', (source) => readMeantMask(source, image));
  if (mask && (mask.width !== image.width || mask.height !== image.height))
    throw new HttpError(
      400,
      `the mask is ${mask.width} x ${mask.height}, but the picture ${image.width} x ${image.height}; send one of the same size`,
      'mask',
    );
  return { image, mask };
}

/** OpenAI's masks are transparent where the picture may change; others are white there, as on the command line. */
async function readMeantMask(source: PictureBytes, of: ImageFromFile): Promise<Mask> {
  const mask = await readMask(source, { of });
  const isOpenAi = mask.notes.some(({ kind }) => kind === 'maskTransparency');
  return isOpenAi ? readMask(source, { of, white: 'transparent' }) : mask;
}

async function decoded<T>(
  form: FormData,
  field: string,
  read: (source: PictureBytes) => Promise<T>,
): Promise<T | null> {
  const file = form.get(field);
  if (file === null || typeof file === 'string') return null;
  const source = { name: `'${field}'`, bytes: new Uint8Array(await file.arrayBuffer()) };
  return read(source).catch((error: unknown) => {
    throw new HttpError(400, describeError(error), field);
  });
}
