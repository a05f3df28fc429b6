import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { claimPartialFile } from '../../../src/node/hub/partialFile.ts';

let blobs = '';

beforeEach(async () => {
  blobs = await mkdtemp(join(tmpdir(), 'blobs-'));
});

afterEach(() => rm(blobs, { recursive: true }));

/** A file as another process of this host, or of another, would have left it. */
async function leaveBehind(pid: number, host?: string): Promise<string> {
  const own = (await claimPartialFile(blobs, 'etag')).path;
  const left = own.replace(`-${process.pid}-`, `-${pid}-`).replace(/(?<=etag\.)[0-9a-f]{8}/, host ?? '$&');
  await writeFile(left, 'half');
  return left;
}

function deadProcess(): number {
  return spawnSync(process.execPath, ['-e', '']).pid;
}

describe('claimPartialFile', () => {
  it('gives a file at rest to one claimant', async () => {
    await writeFile(join(blobs, 'etag.incomplete'), 'half');
    const claims = await Promise.all([claimPartialFile(blobs, 'etag'), claimPartialFile(blobs, 'etag')]);
    const names = await readdir(blobs);
    expect(names).toHaveLength(1);
    expect(claims.filter(({ path }) => path === join(blobs, names[0] ?? ''))).toHaveLength(1);
  });

  it('takes over the file of a process that died', async () => {
    await leaveBehind(deadProcess());
    expect(await readFile((await claimPartialFile(blobs, 'etag')).path, 'utf8')).toBe('half');
  });

  it('takes over the file of a process that had the same number, as in a restarted container', async () => {
    const own = await claimPartialFile(blobs, 'etag');
    await writeFile(own.path, 'written');
    await writeFile(own.path.replace(/-[0-9a-f]{8}(?=\.incomplete)/, '-00000000'), 'half');
    expect(await readFile((await claimPartialFile(blobs, 'etag')).path, 'utf8')).toBe('half');
    expect(await readFile(own.path, 'utf8')).toBe('written');
  });

  it.each([
    ['a living process', process.ppid, undefined],
    ['another host', 1, 'ffffffff'],
  ])('leaves the file of %s alone until it is a day old', async (_, pid, host) => {
    const left = await leaveBehind(pid, host);
    const first = await claimPartialFile(blobs, 'etag');
    await expect(readFile(first.path)).rejects.toThrow(/ENOENT/);
    const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
    await utimes(left, old, old);
    expect(await readFile((await claimPartialFile(blobs, 'etag')).path, 'utf8')).toBe('half');
  });

  it("leaves another blob's file alone", async () => {
    await writeFile(join(blobs, 'etag2.incomplete'), 'half');
    await claimPartialFile(blobs, 'etag');
    expect(await readdir(blobs)).toEqual(['etag2.incomplete']);
  });

  it('is put to rest, discarded or completed', async () => {
    const resting = await claimPartialFile(blobs, 'etag');
    await resting.release();
    expect(await readdir(blobs)).toEqual([]);
    await writeFile(resting.path, 'half');
    await resting.release();
    expect(await readdir(blobs)).toEqual(['etag.incomplete']);
    const again = await claimPartialFile(blobs, 'etag');
    await again.complete(join(blobs, 'etag'));
    expect(await readdir(blobs)).toEqual(['etag']);
    await again.discard();
    expect(await readdir(blobs)).toEqual(['etag']);
  });
});
