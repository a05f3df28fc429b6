import { OptionError } from '@lusd/lusd';
import { TaggerModelError } from '@lusd/lusd/node';
import { HubError } from '@lusd/sd-models/node';
import { expect, test } from 'vitest';
import { CliError, describeError } from '../../src/ui/errors.ts';

const cause = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });

test.each([
  new CliError('the cache is full; empty it', { cause }),
  new TaggerModelError('the cache is full; empty it', { cause }),
  new HubError('storage', 'the cache is full; empty it.', { cause }),
])('a $name has its own remedy, and gets no second one', (error) => {
  expect(describeError(error)).toBe('the cache is full; empty it');
});

test("a system call's error gets the remedy of its code", () => {
  const error = new Error('out.png cannot be written', { cause });
  expect(describeError(error)).toMatch(/^out\.png cannot be written; the disk is full: free some space/);
});

test.each([
  ['lr', '--lr'],
  ['tMin', '--t-min'],
  ['thresholdDecayRate', '--threshold-decay-rate'],
  ['indices', '--target-index'],
  ['words', '--edit-words'],
])('the option %s is called by its flag, %s', (option, flag) => {
  expect(describeError(new OptionError(option, 'must be 1, but is 2'))).toBe(`${flag} must be 1, but is 2`);
});

test('what can only be a defect is called one', () => {
  expect(describeError(new TypeError('x is undefined'))).toMatch(/this is a bug in lusd/);
});
