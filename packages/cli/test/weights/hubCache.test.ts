import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { lusdIn, ONE_ERROR, SHAPES, temporaryFolder } from '../lusd.ts';

const home = temporaryFolder();
const repository = join(home, 'hub', 'models--org--shapes');
const inspect = (weights: string) => lusdIn({ env: { HF_HOME: home } }, 'weights', 'inspect', weights);

beforeAll(() => {
  cpSync(SHAPES, join(repository, 'snapshots', 'a1b2'), { recursive: true });
  mkdirSync(join(repository, 'refs'));
  writeFileSync(join(repository, 'refs', 'main'), 'a1b2');
});

describe('B30: what lies in the Hugging Face cache', () => {
  test("a repository's folder stands for its snapshot", () => {
    expect(inspect(repository)).toMatchObject({ code: 0, stdout: expect.stringContaining('unet: ') });
  });

  test('so does its name', () => {
    expect(inspect('org/shapes')).toMatchObject({ code: 0, stdout: expect.stringContaining('unet: ') });
  });

  test('a name that is not there comes with the command that downloads it', () => {
    const { code, stderr } = inspect('org/other');
    expect(code).toBe(1);
    expect(stderr).toMatch(ONE_ERROR);
    expect(stderr).toContain("'org/other' is not on this machine; run `lusd weights pull org/other`");
  });
});
