import { describe, expect, test } from 'vitest';
import {
  parseStudyAnswers,
  type StudyAnswers,
  type StudyKey,
  studyShares,
} from '../../src/metrics/study/answers.ts';
import { drawTrials } from '../../src/metrics/study/trials.ts';

const ITEMS = Array.from({ length: 200 }, (_, i) => `item${i}`);

describe('a drawn study', () => {
  test('has every item once a pair of methods, each method on either side, in no order', () => {
    const trials = drawTrials(['A', 'B', 'C'], ITEMS, { seed: 3 });
    expect(trials).toHaveLength(400);
    for (const other of ['B', 'C']) {
      const own = trials.filter(({ left, right }) => left === other || right === other);
      expect(own.map(({ item }) => item).sort()).toEqual([...ITEMS].sort());
      expect(own.map(({ item }) => item)).not.toEqual(ITEMS);
      // Of 200 fair draws, 70 to 130 but for chances below 1 in 10,000.
      const left = own.filter((trial) => trial.left === 'A').length;
      expect(left).toBeGreaterThan(70);
      expect(left).toBeLessThan(130);
    }
    expect(trials.slice(0, 200).some(({ left, right }) => [left, right].includes('C'))).toBe(true);
  });

  test('is the same for the same seed alone, and may be a part', () => {
    const draw = (seed: number) => drawTrials(['A', 'B'], ITEMS, { seed, count: 20 });
    expect(draw(1)).toHaveLength(20);
    expect(new Set(draw(1).map(({ item }) => item)).size).toBe(20);
    expect(draw(1)).toEqual(draw(1));
    expect(draw(1)).not.toEqual(draw(2));
  });

  test('needs two methods and enough items', () => {
    expect(() => drawTrials(['A'], ITEMS, { seed: 0 })).toThrow('at least two methods');
    expect(() => drawTrials(['A', 'B'], ITEMS, { seed: 0, count: 201 })).toThrow('200 items');
  });
});

describe('shares', () => {
  const trials = Array.from({ length: 110 }, (_, i) => ({
    item: String(i),
    ...(i % 2 === 0 ? { left: 'A', right: 'B' } : { left: 'B', right: 'A' }),
  }));
  const key: StudyKey = { study: 's', seed: 0, methods: ['A', 'B'], trials };
  /** A is chosen in the first 58, B in 42, neither in 10. */
  const winners = trials.map((_, i) => (i < 58 ? 'A' : i < 100 ? 'B' : null));
  const answers: StudyAnswers = {
    study: 's',
    participant: 'one',
    answers: winners.map((winner, trial) => ({
      trial,
      question: 'overall',
      choice: winner === null ? 0 : winner === trials[trial]!.left ? 1 : 2,
    })),
  };

  test("follow the methods from side to side, with Wilson's interval of those that were decided", () => {
    const shares = studyShares(key, [answers]);
    expect(shares.map(({ question }) => question)).toEqual(['prompt', 'background', 'quality', 'overall']);
    expect(shares[3]).toEqual({
      ...{ question: 'overall', method: 'A', other: 'B', wins: 58, losses: 42, ties: 10, share: 0.58 },
      low: expect.closeTo(0.4821, 4),
      high: expect.closeTo(0.672, 4),
    });
    expect(shares[0]).toMatchObject({ wins: 0, losses: 0, share: NaN });
    const two = studyShares(key, [answers, { ...answers, participant: 'two' }]);
    expect(two[3]).toMatchObject({ wins: 116, losses: 84, ties: 20 });
  });

  test('of several other methods are apart', () => {
    const both: StudyKey = {
      ...key,
      methods: ['A', 'B', 'C'],
      trials: [
        { item: '0', left: 'A', right: 'B' },
        { item: '0', left: 'C', right: 'A' },
      ],
    };
    const said = [0, 1].map((trial) => ({ trial, question: 'prompt' as const, choice: 1 as const }));
    const shares = studyShares(both, [{ study: 's', participant: '', answers: said }]);
    expect(shares.slice(0, 2)).toMatchObject([
      { other: 'B', wins: 1, losses: 0 },
      { other: 'C', wins: 0, losses: 1 },
    ]);
  });

  test('need answers to this study, each once', () => {
    expect(() => studyShares(key, [{ ...answers, study: 'other' }])).toThrow('are of another study');
    const twice = { ...answers, answers: [answers.answers[0]!, answers.answers[0]!] };
    expect(() => studyShares(key, [twice])).toThrow('have trial 0 twice');
    const beyond = { ...answers, answers: [{ ...answers.answers[0]!, trial: 110 }] };
    expect(() => studyShares(key, [beyond])).toThrow('have trial 110, but the study has 110 trials');
    expect(() => parseStudyAnswers({ study: 's' }, 'a.json')).toThrow(
      /a\.json is no file of answers .*'participant'/,
    );
  });
});
