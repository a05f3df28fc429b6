import { Option } from '@commander-js/extra-typings';

/** `--pixels`, of commands that read pictures. */
export function pixelsOption() {
  return new Option(
    '--pixels <which>',
    'displayed: as viewers show pictures: upright, in sRGB, on white; released: the stored pixels, as the released program reads them',
  )
    .choices(['displayed', 'released'] as const)
    .default('displayed' as const);
}
