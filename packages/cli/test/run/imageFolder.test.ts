import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { editDistance } from '../../src/run/editDistance.ts';
import { ImageFolder } from '../../src/run/imageFolder.ts';
import { temporaryFolder } from '../lusd.ts';

function folderOf(...paths: string[]): string {
  const folder = temporaryFolder();
  for (const path of paths) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  return folder;
}

function find(folder: string, imgPath: string, images = new ImageFolder(folder)) {
  return images.find({ row: 3, place: 'row 3 of index.csv', imgPath, sourcePrompt: '', targetPrompt: '' });
}

const COMPOSED = 'caf\u00e9.png';
const DECOMPOSED = 'cafe\u0301.png';

describe('B22: a name in another form', () => {
  test.each([
    ['decomposed on disk', DECOMPOSED, COMPOSED],
    ['composed on disk', COMPOSED, DECOMPOSED],
    ['in a folder of such a name', `cafe\u0301/a.png`, `caf\u00e9/a.png`],
    ['Hangul', '\u1112\u1161\u11ab.png', '\ud55c.png'],
    ['with backslashes', 'set/a.png', 'set\\a.png'],
    ['with backslashes from the input folder', 'a.png', 'images\\a.png'],
    ['with blanks around', 'a.png', ' a.png '],
    ['with . and ..', 'a.png', './set/../a.png'],
    ['with a backslash in its name', 'a\\b.png', 'a\\b.png'],
  ])('%s is the same', async (_, onDisk, inIndex) => {
    const folder = folderOf(`images/${onDisk}`);
    const images = new ImageFolder(folder);
    expect(await find(folder, inIndex, images)).toBe(join(folder, 'images', onDisk));
    expect(images.otherCase.size).toBe(0);
  });

  test('the very name wins', async () => {
    const folder = folderOf(`images/${DECOMPOSED}`, `images/${COMPOSED}`, 'images/a.PNG', 'images/a.png');
    for (const name of [DECOMPOSED, COMPOSED, 'a.PNG', 'a.png'])
      expect(await find(folder, name)).toBe(join(folder, 'images', name));
  });

  test.each([
    ['a.jpg', 'a.JPG'],
    ['A.JPG', 'a.jpg'],
    ['Set/a.png', 'set/A.PNG'],
    ['CAFE\u0301.PNG', COMPOSED],
  ])('%s in another case, %s, is taken and noted', async (onDisk, inIndex) => {
    const folder = folderOf(`images/${onDisk}`);
    const images = new ImageFolder(folder);
    expect(await find(folder, inIndex, images)).toBe(join(folder, 'images', onDisk));
    expect([...images.otherCase]).toEqual([[inIndex, join('images', onDisk)]]);
  });

  test('two that differ in case only are both named', async () => {
    const folder = folderOf('images/a.PNG', 'images/A.png');
    await expect(find(folder, 'a.png')).rejects.toThrow(
      /images\/A\.png and \S*images\/a\.PNG both match a\.png; write one of these names in row 3 of index\.csv$/,
    );
  });
});

describe('a picture that is not there', () => {
  test.each([
    ['another ending', 'images/cat.jpeg', 'cat.jpg', 'images/cat.jpeg'],
    ['another kind', 'images/Cat.png', 'cat.jpg', 'images/Cat.png'],
    ['a letter too few', 'images/snowman.png', 'snowmn.png', 'images/snowman.png'],
    ['another folder', 'images/cat.png', '/home/user/photos/cat.png', 'images/cat.png'],
    ['a path of Windows', 'cat.png', 'C:\\photos\\cat.png', 'cat.png'],
    ['a subfolder', 'images/cats/one.png', 'cats/onee.png', 'images/cats/one.png'],
  ])('has a like one named: %s', async (_, onDisk, inIndex, named) => {
    const folder = folderOf(onDisk);
    const failure = find(folder, inIndex);
    await expect(failure).rejects.toThrow(`, only ${named}; correct row 3 of index.csv or add the file`);
  });

  test.each([
    ['images/dog.png', 'snowman.png'],
    ['images/photo_11.png', 'photo_12.png'],
  ])('has none named where none is like it: %s for %s', async (onDisk, inIndex) => {
    await expect(find(folderOf(onDisk), inIndex)).rejects.toThrow(
      /there is no image \w+\.png in \S+ or \S+images; correct row 3 of index\.csv or add the file$/,
    );
  });
});

test.each([
  ['', '', 0],
  ['', 'ab', 2],
  ['kitten', 'sitting', 3],
  ['saturday', 'sunday', 3],
  ['flaw', 'lawn', 2],
])('editDistance(%j, %j) is %i', (a, b, distance) => {
  expect(editDistance(a, b)).toBe(distance);
  expect(editDistance(b, a)).toBe(distance);
});
