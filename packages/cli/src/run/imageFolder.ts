import { readdir } from 'node:fs/promises';
import { basename, dirname, join, parse, relative, resolve } from 'node:path';
import { exists } from '../files.ts';
import { CliError } from '../ui/errors.ts';
import { editDistance } from './editDistance.ts';
import type { IndexRow } from './indexCsv.ts';

type Comparison = (name: string) => string;

const sameCharacters: Comparison = (name) => name.normalize('NFC');
const sameLetters: Comparison = (name) => name.normalize('NFC').toLowerCase().normalize('NFC');

/** Largest edit distance of a name that is suggested as a correction, if the numbers in both agree. */
const NEAR = 2;

/** The pictures of an input folder, found by the names that index.csv gives them. */
export class ImageFolder {
  /** The names in index.csv whose picture has its name in another case, and where it is. */
  readonly otherCase = new Map<string, string>();
  private readonly inputDir: string;
  private readonly places: readonly string[];
  private readonly listings = new Map<string, readonly string[]>();

  constructor(inputDir: string) {
    this.inputDir = inputDir;
    this.places = [inputDir, join(inputDir, 'images')];
  }

  /**
   * Where a row's picture is: `img_path` from the input folder or from its `images`, with `\` allowed for `/`. Of
   * the files whose name is not this very one, one with the same name in another Unicode form is taken, else one with
   * the same name in another case.
   * @throws CliError if there is none, naming a similar one, or if several differ in case only
   */
  async find({ place, imgPath }: IndexRow): Promise<string> {
    if (imgPath.trim() === '') throw new CliError(`${place} has no image; fill in its img_path`);
    const slashed = imgPath.trim().replaceAll('\\', '/');
    for (const name of [imgPath, slashed]) {
      for (const folder of this.places) {
        const path = resolve(folder, name);
        if (await exists(path)) return path;
      }
    }
    const sameName = await this.findSame(slashed, sameCharacters, place);
    if (sameName !== null) return sameName;
    const found = await this.findSame(slashed, sameLetters, place);
    if (found === null) throw new CliError(await this.notFound(imgPath, slashed, place));
    this.otherCase.set(imgPath, relative(this.inputDir, found));
    return found;
  }

  private async findSame(name: string, compare: Comparison, place: string): Promise<string | null> {
    for (const folder of this.places) {
      const found = await this.pathsLike(resolve(folder, name), compare);
      if (found.length > 1)
        throw new CliError(`${found.join(' and ')} both match ${name}; write one of these names in ${place}`);
      if (found[0] !== undefined) return found[0];
    }
    return null;
  }

  /** The paths that are there and whose every part compares as the same. */
  private async pathsLike(path: string, compare: Comparison): Promise<readonly string[]> {
    if (await exists(path)) return [path];
    if (path === parse(path).root) return [];
    const wanted = compare(basename(path));
    const found: string[] = [];
    for (const folder of await this.pathsLike(dirname(path), compare)) {
      const names = (await this.list(folder)).filter((name) => compare(name) === wanted);
      found.push(...names.map((name) => join(folder, name)));
    }
    return found;
  }

  private async notFound(imgPath: string, slashed: string, place: string): Promise<string> {
    const near = await this.nearest(slashed);
    const only = near === null ? '' : `, only ${near}`;
    return `there is no image ${imgPath} in ${this.places.join(' or ')}${only}; correct ${place} or add the file`;
  }

  /** The path in the input folder of the picture whose name is most like another, or has another ending. */
  private async nearest(name: string): Promise<string | null> {
    const wanted = parse(sameLetters(basename(name)));
    const subfolders = this.places.map((place) => dirname(resolve(place, name)));
    let nearest: string | null = null;
    let least = NEAR + 1;
    for (const folder of new Set([...this.places, ...subfolders])) {
      for (const entry of await this.list(folder)) {
        const { base, name: stem } = parse(sameLetters(entry));
        const distance = stem === wanted.name ? 1 : editDistance(base, wanted.base);
        if (distance >= least || digitsOf(stem) !== digitsOf(wanted.name)) continue;
        least = distance;
        nearest = relative(this.inputDir, join(folder, entry));
      }
    }
    return nearest;
  }

  /** The names in a folder; none if it cannot be listed. */
  private async list(folder: string): Promise<readonly string[]> {
    const known = this.listings.get(folder);
    if (known) return known;
    const names = (await readdir(folder).catch((): string[] => [])).sort();
    this.listings.set(folder, names);
    return names;
  }
}

function digitsOf(name: string): string {
  return name.replace(/\D+/g, ' ').trim();
}
