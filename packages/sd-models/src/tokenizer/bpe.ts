/** A pair of symbols that byte-pair encoding joins. */
export type Merge = readonly [left: string, right: string];

/** The suffix of a word's last symbol. */
export const END_OF_WORD = '</w>';

/** Byte-pair encoding by ranked merges (Sennrich et al. 2016), as CLIP's `SimpleTokenizer.bpe`. */
export class BytePairEncoder {
  private readonly ranks: ReadonlyMap<string, number>;

  /** @param merges the pairs, most important first. */
  constructor(merges: readonly Merge[]) {
    this.ranks = new Map(merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  }

  /**
   * Joins the best-ranked pair, wherever it occurs, until no pair has a rank.
   * @param characters a word's characters of the byte alphabet; must not be empty.
   * @returns the symbols, which joined give the characters and {@link END_OF_WORD}.
   */
  encode(characters: readonly string[]): string[] {
    let symbols = [...characters.slice(0, -1), `${characters.at(-1)}${END_OF_WORD}`];
    let ranks = symbols.slice(1).map((right, i) => this.rank(symbols[i]!, right));
    for (let best = lowest(ranks); best < Number.POSITIVE_INFINITY; best = lowest(ranks)) {
      [symbols, ranks] = this.join(symbols, ranks, best);
    }
    return symbols;
  }

  private rank(left: string, right: string): number {
    return this.ranks.get(`${left} ${right}`) ?? Number.POSITIVE_INFINITY;
  }

  /** Joins every pair of one rank, from the left, and updates only the ranks of pairs that changed. */
  private join(symbols: readonly string[], ranks: readonly number[], best: number): [string[], number[]] {
    const joined: string[] = [];
    const joinedRanks: number[] = [];
    let previousChanged = false;
    for (let i = 0; i < symbols.length; ) {
      const changed = ranks[i] === best;
      const symbol = changed ? symbols[i]! + symbols[i + 1]! : symbols[i]!;
      if (joined.length > 0) {
        joinedRanks.push(changed || previousChanged ? this.rank(joined.at(-1)!, symbol) : ranks[i - 1]!);
      }
      joined.push(symbol);
      previousChanged = changed;
      i += changed ? 2 : 1;
    }
    return [joined, joinedRanks];
  }
}

function lowest(ranks: readonly number[]): number {
  let best = Number.POSITIVE_INFINITY;
  for (const rank of ranks) if (rank < best) best = rank;
  return best;
}
