import { describe, expect, test } from 'vitest';
import { parseJson, parseJsonObject } from '../src/json.ts';
import { formatPythonJson, parsePythonJson } from '../src/pythonJson.ts';

const { NaN: nan, POSITIVE_INFINITY: infinity, NEGATIVE_INFINITY: minusInfinity } = Number;

/** A configuration as diffusers writes it: `json.dumps(config, indent=2, sort_keys=True)` of Python 3.11. */
const DPM_SOLVER = `{
  "_class_name": "DPMSolverMultistepScheduler",
  "beta_end": 0.012,
  "disable_corrector": [],
  "lambda_min_clipped": -Infinity,
  "nested": {
    "list": [
      NaN,
      Infinity,
      null,
      true
    ],
    "none": {}
  },
  "note": "NaN, -Infinity: \\"words\\""
}`;

describe('B01: JSON as Python writes it', () => {
  test('is read with its bare numbers, and strings stay strings', () => {
    expect(parsePythonJson(DPM_SOLVER)).toEqual({
      _class_name: 'DPMSolverMultistepScheduler',
      beta_end: 0.012,
      disable_corrector: [],
      lambda_min_clipped: minusInfinity,
      nested: { list: [nan, infinity, null, true], none: {} },
      note: 'NaN, -Infinity: "words"',
    });
  });

  test('is written again as Python wrote it', () => {
    expect(formatPythonJson(parsePythonJson(DPM_SOLVER))).toBe(DPM_SOLVER);
  });

  test.each([
    ['NaN', nan],
    [' -Infinity\n', minusInfinity],
    ['[NaN,Infinity,-Infinity]', [nan, infinity, minusInfinity]],
    ['{"Infinity": "Infinity", "a": NaN}', { Infinity: 'Infinity', a: nan }],
    ['\ufeff{"a": [1.5e-3, -0, 12, NaN]}', { a: [0.0015, -0, 12, nan] }],
    ['\ufeff{}', {}],
    ['{"a": 1, "a": NaN, "a": 3}', { a: 3 }],
    [
      '[1e999, -1e999, 123456789012345678901234567890, NaN]',
      [infinity, minusInfinity, 1.2345678901234568e29, nan],
    ],
    ['["\\u00e9\\n\\"\\ud83d\\ude00\x7f", NaN]', ['é\n"😀\x7f', nan]],
  ])('%j', (text, value) => {
    expect(parsePythonJson(text)).toEqual(value);
  });

  test('a name may be that of a property of every object', () => {
    const value = parsePythonJson('{"__proto__": NaN, "toString": 1}') as object;
    expect(Object.entries(value)).toEqual([
      ['__proto__', nan],
      ['toString', 1],
    ]);
  });

  test.each([
    ['', 'line 1, column 1: the text ends where a value must be'],
    ['{\n  "a": 1,\n}', 'line 3, column 1: "}" stands where a name in double quotes must be'],
    ['[1, 2,]', 'line 1, column 7: "]" stands where a value must be'],
    ['{"a": NaN\n "b": 1}', 'line 2, column 2: "\\"" stands where "," or "}" must be'],
    ['{"a" 1}', 'line 1, column 6: "1" stands where ":" must be'],
    ["{'a': 1}", 'line 1, column 2: "\'" stands where a name in double quotes must be'],
    ['{"a": None}', 'line 1, column 7: "N" stands where a value must be'],
    ['{"a": nan}', 'line 1, column 7: "n" stands where a value must be'],
    ['{"a": +Infinity}', 'line 1, column 7: "+" stands where a value must be'],
    ['{"a": NaNs}', 'line 1, column 7: "N" stands where a value must be'],
    ['[01]', 'line 1, column 2: "0" stands where a value must be'],
    ['[1.]', 'line 1, column 2: "1" stands where a value must be'],
    ['[.5]', 'line 1, column 2: "." stands where a value must be'],
    ['[NaN', 'line 1, column 5: the text ends where "," or "]" must be'],
    ['["a\nb"]', 'line 1, column 2: "\\"" stands where a string of one line that ends in a quote must be'],
    ['{} {}', 'line 1, column 4: "{" stands where the end of the file must be'],
    ['<html>', 'line 1, column 1: "<" stands where a value must be'],
    ['// a\n{}', 'line 1, column 1: "/" stands where a value must be'],
    [
      `${'['.repeat(1001)}NaN`,
      'line 1, column 1001: "[" stands where at most 1000 levels of nesting must be',
    ],
  ])('%j is refused with the place of the mistake', (text, message) => {
    expect(() => parsePythonJson(text)).toThrow(message);
  });

  test('the message names the file and does not send for it again', () => {
    expect(() => parseJson('{"a": 1,}', 'scheduler/scheduler_config.json')).toThrow(
      'scheduler/scheduler_config.json is not valid JSON: line 1, column 9: "}" stands where a name in double ' +
        "quotes must be; correct it, or use the model's original file.",
    );
    expect(() => parseJsonObject('[NaN]', 'vocab.json')).toThrow(
      "vocab.json is not a JSON object; correct it, or use the model's original file.",
    );
  });
});
