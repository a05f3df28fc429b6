import * as v from 'valibot';
import { MetricsError } from '../../errors.ts';
import { type ShareInterval, wilsonInterval } from '../statistics/wilson.ts';
import { STUDY_QUESTIONS, type StudyQuestion, type StudyTrial } from './trials.ts';

/** What stays with who makes a study: which method was on which side. */
export interface StudyKey {
  /** Tells the study from others; answers carry it. */
  readonly study: string;
  readonly seed: number;
  readonly methods: readonly string[];
  readonly trials: readonly StudyTrial[];
}

/** 1: left, 2: right, 0: neither. */
export type StudyChoice = 0 | 1 | 2;

/** One participant's answers. */
export interface StudyAnswers {
  readonly study: string;
  readonly participant: string;
  readonly answers: readonly {
    /** Position among the trials. */
    readonly trial: number;
    readonly question: StudyQuestion;
    readonly choice: StudyChoice;
  }[];
}

const TRIAL = v.object({ item: v.string(), left: v.string(), right: v.string() });
const KEY = v.object({
  study: v.string(),
  seed: v.number(),
  methods: v.array(v.string()),
  trials: v.array(TRIAL),
});
const ANSWERS = v.object({
  study: v.string(),
  participant: v.string(),
  answers: v.array(
    v.object({
      trial: v.pipe(v.number(), v.integer(), v.minValue(0)),
      question: v.picklist(Object.keys(STUDY_QUESTIONS) as StudyQuestion[]),
      choice: v.picklist([0, 1, 2]),
    }),
  ),
});

/**
 * A study's `key.json`.
 * @param path where the parsed file came from, for messages
 * @throws MetricsError naming the place that does not match
 */
export function parseStudyKey(json: unknown, path: string): StudyKey {
  return parseAs(KEY, json, path, 'key.json of a study');
}

/**
 * The answers that a participant saved.
 * @param path where the parsed file came from, for messages
 * @throws MetricsError naming the place that does not match
 */
export function parseStudyAnswers(json: unknown, path: string): StudyAnswers {
  return parseAs(ANSWERS, json, path, 'file of answers that a study saved');
}

function parseAs<T>(schema: v.GenericSchema<unknown, T>, json: unknown, path: string, what: string): T {
  const result = v.safeParse(schema, json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const place = issue.path?.map(({ key }) => String(key)).join(' / ') ?? 'the file';
  throw new MetricsError(
    `${path} is no ${what}: '${place}': ${issue.message}; give the file as it was saved`,
  );
}

/** How often the first method was chosen over another. */
export interface StudyShare extends ShareInterval {
  readonly question: StudyQuestion;
  readonly method: string;
  readonly other: string;
  readonly wins: number;
  readonly losses: number;
  /** They count for neither, and not in the share. */
  readonly ties: number;
}

/**
 * Shares of the first method, for each question and other method, with Wilson's 95 % intervals.
 * @throws MetricsError for answers of another study, to trials that it does not have, or two of one participant to one
 *   question
 */
export function studyShares(key: StudyKey, participants: readonly StudyAnswers[]): readonly StudyShare[] {
  const chosen = participants.flatMap((answers) => choicesOf(key, answers));
  const [method, ...others] = key.methods as [string, ...string[]];
  return (Object.keys(STUDY_QUESTIONS) as StudyQuestion[]).flatMap((question) =>
    others.map((other) => {
      const asked = chosen.filter((choice) => choice.question === question && choice.other === other);
      const count = (winner: string | null) => asked.filter((choice) => choice.winner === winner).length;
      const [wins, losses, ties] = [count(method), count(other), count(null)];
      return { question, method, other, wins, losses, ties, ...wilsonInterval(wins, wins + losses) };
    }),
  );
}

interface Choice {
  readonly question: StudyQuestion;
  /** The method that the first one was compared with. */
  readonly other: string;
  readonly winner: string | null;
}

function choicesOf({ study, trials, methods }: StudyKey, participant: StudyAnswers): Choice[] {
  const who = `the answers of '${participant.participant}'`;
  if (participant.study !== study)
    throw new MetricsError(`${who} are of another study; give this one's key.json`);
  const seen = new Set<string>();
  return participant.answers.map(({ trial, question, choice }) => {
    const shown = trials[trial];
    if (!shown)
      throw new MetricsError(`${who} have trial ${trial}, but the study has ${trials.length} trials`);
    const place = `${trial} ${question}`;
    if (seen.has(place))
      throw new MetricsError(`${who} have trial ${trial} twice; give the file as it was saved`);
    seen.add(place);
    const { left, right } = shown;
    const other = left === methods[0] ? right : left;
    return { question, other, winner: choice === 0 ? null : choice === 1 ? left : right };
  });
}
