import { Option } from '@commander-js/extra-typings';

/** `--pixels`, of commands that read pictures. */
export function pixelsOption() {
  return new Option(
    '--pixels <which>',
    'displayed: pictures as viewers show them, turned upright, in sRGB, over white; released: as stored, as the released program reads them',
  )
    .choices(['displayed', 'released'] as const)
    .default('displayed' as const);
}
