import { CATEGORIES } from './tables.ts';

type Category = keyof typeof CATEGORIES;

/** The class of all characters in the named categories, and any others given literally. */
function of(categories: string, literals = ''): string {
  const bodies = categories.split(' ').map((name) => CATEGORIES[name as Category]);
  return `[${bodies.join('')}${literals}]`;
}

const UNLIKELY_BY_CATEGORY = [
  of('c1'),
  of('bad lowerAccented upperAccented box startPunctuation endPunctuation currency numeric law') + of('bad'),
  `[a-zA-Z]${of('lowerCommon upperCommon')}${of('bad')}`,
  of('bad') + of('lowerAccented upperAccented box startPunctuation endPunctuation currency numeric law'),
  of('lowerAccented lowerCommon box endPunctuation currency numeric') + of('upperAccented'),
  of('box endPunctuation currency numeric') + of('lowerAccented'),
  of('lowerAccented box endPunctuation') + of('currency'),
  `[\\s\\u001c-\\u001f\\u0085]${of('upperAccented')}${of('currency')}`,
  of('upperAccented box') + of('numeric law'),
  of('lowerAccented upperAccented box currency endPunctuation') + of('startPunctuation') + of('numeric'),
  of('lowerAccented upperAccented currency numeric box law') + of('endPunctuation') + of('startPunctuation'),
  of('currency numeric box') + of('startPunctuation'),
  `[a-z]${of('upperAccented')}${of('startPunctuation currency')}`,
  of('box') + of('kaomoji'),
  of('lowerAccented upperAccented currency numeric startPunctuation endPunctuation law') + of('box'),
  of('box') + of('endPunctuation'),
  `${of('lowerAccented upperAccented')}${of('startPunctuation endPunctuation')}[\\p{L}\\p{N}_]`,
];

const ARABIC_PAIR = `[ØÙ]${of('common currency bad numeric startPunctuation', 'ŸŠ®°µ»')}`;
const CYRILLIC_MIDDLE = of('c1 bad startPunctuation endPunctuation currency', '°µ');
const GREEK_MIDDLE = of('c1 bad startPunctuation endPunctuation currency', '°');

/** Sequences that one wrong encoding in particular leaves behind. */
const UNLIKELY_BY_ENCODING = [
  '[Œœ][^A-Za-z]',
  `${of('upperAccented')}°`,
  // Windows-1252: common pairs, Arabic, South Asian scripts.
  `[ÂÃÎÐ]${of('startPunctuation endPunctuation', '€œŠš¢£Ÿž\\u00a0\\u00ad®©°·»–—´')}`,
  '×[²³]',
  ARABIC_PAIR + ARABIC_PAIR,
  'à[²µ¹¼½¾]',
  // MacRoman.
  '√[±∂†≠®™´≤≥¥µø]',
  '≈[°¢]',
  '‚Ä[ìîïòôúùû†°¢π]',
  '‚[âó][àä°ê]',
  // Windows-1251, also on top of Latin-1.
  'вЂ',
  `[ВГРС]${CYRILLIC_MIDDLE}[ВГРС]`,
  'ГўВЂВ[^\\n][A-Za-z ]',
  // Windows-1252 for "à", "á" and the no-break space, and "Â" before a character that it only repeats.
  'Ã[\\u00a0¡]',
  '[a-z][\\s\\u001c-\\u001f\\u0085]?[ÃÂ] ',
  '^[ÃÂ] ',
  `${of('endPunctuation', 'a-z.,?!')}Â${of('startPunctuation endPunctuation', ' ')}`,
  // Windows-1253, Windows-1257.
  'β€[™\\u00a0Ά\\u00ad®°]',
  `[ΒΓΞΟ]${GREEK_MIDDLE}[ΒΓΞΟ]`,
  'ā€',
];

const UNLIKELY = new RegExp([...UNLIKELY_BY_CATEGORY, ...UNLIKELY_BY_ENCODING].join('|'), 'u');

/** Whether some of the text looks like mojibake: ftfy's `badness.is_bad`. */
export function isBad(text: string): boolean {
  return UNLIKELY.test(text);
}
