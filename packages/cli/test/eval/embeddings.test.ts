import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import type { OutputStore } from '@lusd/lusd/metrics';
import { writeSafetensors } from '@lusd/tensor';
import {
  type ColourFolder,
  PALETTE,
  plain,
  TURNS,
  writeColourClip,
  writePicture,
  writeTurns,
} from '@lusd/testing-models/colourClip';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { EmbeddingCache, openEmbeddings } from '../../src/metrics/embeddingCache.ts';
import { Log } from '../../src/ui/log.ts';
import {
  type LusdEvent,
  lusd,
  lusdBeside,
  lusdIn,
  ONE_ERROR,
  type Outcome,
  temporaryFolder,
} from '../lusd.ts';
import { filesOf } from '../pictures.ts';
import { DINO_SHAPES, drawnWeights } from './drawnModels.ts';

const root = temporaryFolder();
const path = (...names: string[]) => join(root, ...names);
let files: ColourFolder;

/** Of a method: two inputs, three ground truths, of which one is an input too, three results, four captions. */
const CLIP = 2 + 3 + 3 + 4;
/** Ground truths and results. */
const DINO = 3 + 3;
const ALL = CLIP + DINO;

beforeAll(async () => {
  await writeColourClip(path('clip'));
  await writeSafetensors(path('dino.safetensors'), drawnWeights(DINO_SHAPES));
  files = writeTurns(path('turns'), TURNS);
  cpSync(files.generated, path('other'), { recursive: true });
  const results = ['9/9_1.png', '9/9_inde_2.png', '10/10_1.png'];
  for (const [i, result] of results.entries())
    writePicture(path('other', result), plain(PALETTE.yellow, 30 + i, 30));
});

function flagsOf(embeddings: string, ...flags: string[]): string[] {
  return [
    ...['eval', '--generated-path', files.generated, '--gt-path', files.groundTruth],
    ...['--caption-path', files.local, '--global-caption-path', files.global],
    ...['--metrics', 'clip_i,clip_t,clip_r,dino', '--weights', path('clip')],
    ...['--dino-s16', path('dino.safetensors'), '--json', '--embedding-dir', path(embeddings), ...flags],
  ];
}

const evaluate = (embeddings: string, ...flags: string[]) => lusd(...flagsOf(embeddings, ...flags));
const ofKind = ({ events }: Outcome, kind: string) => events.filter(({ event }) => event === kind);
const scoresOf = (outcome: Outcome): readonly LusdEvent[] => ofKind(outcome, 'scores');
/** Of the event that says how many embeddings there were, and how many were made. */
function countsOf(outcome: Outcome): unknown {
  expect(outcome.code).toBe(0);
  return ofKind(outcome, 'embeddings').map(({ stored, computed }) => ({ stored, computed }));
}

describe('embeddings that are kept', () => {
  let first: Outcome;
  beforeAll(() => {
    first = evaluate('kept');
    cpSync(path('kept'), path('damaged'), { recursive: true });
  });

  test('are computed once, and give the same scores bit by bit', () => {
    expect(countsOf(first)).toEqual([{ stored: 0, computed: ALL }]);
    const again = evaluate('kept', '--dtype', 'f32');
    expect(countsOf(again)).toEqual([{ stored: ALL, computed: 0 }]);
    expect(scoresOf(again)).toEqual(scoresOf(first));
  });

  test('leave only the results of a second method to be computed', () => {
    const second = evaluate('kept', '--generated-path', path('other'));
    expect(countsOf(second)).toEqual([{ stored: ALL - 6, computed: 6 }]);
    const anew = evaluate('kept', '--generated-path', path('other'), '--no-embedding-dir');
    expect(countsOf(anew)).toEqual([]);
    for (const [i, scores] of scoresOf(anew).entries())
      for (const name of ['clip_i', 'clip_t', 'clip_r', 'dino'])
        expect(scoresOf(second)[i]![name], name).toBeCloseTo(scores[name] as number, 4);
  });

  test('are those of the very weights, configuration and dtype', () => {
    cpSync(path('clip'), path('changed'), { recursive: true });
    const weights = readFileSync(path('changed', 'model.safetensors'));
    weights.writeFloatLE(0.5, weights.length - 4);
    writeFileSync(path('changed', 'model.safetensors'), weights);
    const anew = [{ stored: DINO, computed: CLIP }];
    expect(countsOf(evaluate('kept', '--weights', path('changed')))).toEqual(anew);
    const config = JSON.parse(readFileSync(path('clip', 'config.json'), 'utf8')) as Record<string, object>;
    config.vision_config = { ...config.vision_config, hidden_act: 'gelu' };
    cpSync(path('clip', 'model.safetensors'), path('changed', 'model.safetensors'));
    writeFileSync(path('changed', 'config.json'), JSON.stringify(config));
    expect(countsOf(evaluate('kept', '--weights', path('changed')))).toEqual(anew);
    expect(countsOf(evaluate('kept', '--dtype', 'f16'))).toEqual([{ stored: 0, computed: ALL }]);
  });

  test('are computed again where their files are damaged, which is said', () => {
    const folder = readdirSync(path('damaged')).find((name) => name.startsWith('clipB32-'))!;
    const [cut, changed, moved, other] = readdirSync(path('damaged', folder)).map((name) =>
      path('damaged', folder, name),
    ) as [string, string, string, string];
    truncateSync(cut, 20);
    const bytes = readFileSync(changed);
    bytes[1]! ^= 1;
    writeFileSync(changed, bytes);
    cpSync(other, moved);
    const outcome = evaluate('damaged');
    const said = ofKind(outcome, 'warning').map(({ message }) => message);
    const asSaid = (file: string) => `${file} is damaged; its embedding is computed again`;
    expect(said.sort()).toEqual([cut, changed, moved].map(asSaid).sort());
    expect(countsOf(outcome)).toEqual([{ stored: ALL - 3, computed: 3 }]);
    for (const [i, { clip_r }] of scoresOf(first).entries())
      expect(scoresOf(outcome)[i]!.clip_r).toBeCloseTo(clip_r as number, 4);
    expect(countsOf(evaluate('damaged'))).toEqual([{ stored: ALL, computed: 0 }]);
  });
});

test('two evaluations at once share a folder', async () => {
  const flags = (shard: string) => flagsOf('shared', '--output-dir', path('scores'), '--shard', shard);
  const parts = await Promise.all(['0/2', '1/2', '0/1'].map((shard) => lusdBeside({}, ...flags(shard))));
  expect(parts.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }));
  expect(parts.flatMap((part) => ofKind(part, 'warning'))).toEqual([]);
  expect(Object.keys(filesOf(path('shared'))).filter((name) => name.includes('.tmp'))).toEqual([]);
  expect(countsOf(evaluate('shared'))).toEqual([{ stored: ALL, computed: 0 }]);
});

test('what was computed before a stop is there for the next start', () => {
  const stopping = { STOP_SIGNAL: 'SIGKILL', STOP_AT_LINE: '"event":"scores"' };
  const flags = flagsOf('stopped', '--batch-size', '1');
  expect(lusdIn({ preload: 'stopAt', env: stopping }, ...flags).signal).toBe('SIGKILL');
  const [counts] = ofKind(lusd(...flags), 'embeddings');
  // Input, ground truth, result and caption of the first turn, and DINO's two pictures.
  expect(counts).toMatchObject({ stored: 4 + 2, computed: ALL - 6 });
});

describe('in this process', () => {
  const messages: string[] = [];
  const streams = { stdout: process.stdout, stderr: new Writable({ write: keepMessage }) };
  const log = new Log({ ...streams, json: false, colour: false, debug: false });

  function keepMessage(text: Buffer, _: string, done: () => void): void {
    messages.push(text.toString());
    done();
  }

  test('without a choice they are in the cache folder', async () => {
    vi.stubEnv('XDG_CACHE_HOME', path('cache'));
    const cache = await openEmbeddings({}, '1.0.0', log);
    vi.unstubAllEnvs();
    await cache!.of('clipB32', {}).write('text 1', Float32Array.of(1));
    expect(readdirSync(path('cache', 'lusd', 'embeddings'))).toEqual([expect.stringMatching(/^clipB32-/)]);
  });

  test('each bit is kept, for the same version, model, identity and content', async () => {
    const folder = path('bits');
    const cache = new EmbeddingCache(folder, '1.0.0', log);
    const numbers = Float32Array.of(-0, 1e-45, Math.PI, 3.4e38);
    await cache.of('clipB32', { dtype: 'f32' }).write('text 1', numbers);
    const kept = await new EmbeddingCache(folder, '1.0.0', log)
      .of('clipB32', { dtype: 'f32' })
      .read('text 1');
    expect(new Uint32Array(kept!.buffer)).toEqual(new Uint32Array(numbers.buffer));
    const others = [
      new EmbeddingCache(folder, '1.0.1', log).of('clipB32', { dtype: 'f32' }),
      cache.of('clipL14', { dtype: 'f32' }),
      cache.of('clipB32', { dtype: 'f16' }),
    ];
    expect(await Promise.all(others.map((store) => store.read('text 1')))).toEqual([null, null, null]);
    expect(await cache.of('clipB32', { dtype: 'f32' }).read('text 2')).toBeNull();
    expect(messages).toEqual([]);
  });

  test.each([
    ['read', (store: OutputStore<Float32Array>, key: string) => store.read(key)],
    ['written to', (store: OutputStore<Float32Array>, key: string) => store.write(key, Float32Array.of(1))],
  ])('a folder that cannot be %s is said once', async (_, use) => {
    writeFileSync(path('plain'), '');
    const store = new EmbeddingCache(path('plain'), '1.0.0', log).of('clipB32', {});
    await Promise.all(['text 1', 'text 2'].map((key) => use(store, key)));
    expect(messages.splice(0)).toEqual([
      expect.stringMatching(
        /^warning: embeddings are computed and not kept from now on: .*plain\S* cannot be (?:read|created): ENOTDIR/,
      ),
    ]);
  });
});

test('a file in the place of the chosen folder is one error', () => {
  writeFileSync(path('file'), '');
  const { code, stderr } = lusd(...flagsOf('file').filter((flag) => flag !== '--json'));
  expect(code).toBe(1);
  expect(stderr).toMatch(ONE_ERROR);
  expect(stderr).toMatch(/the folder \S+file cannot be created: EEXIST/);
});
