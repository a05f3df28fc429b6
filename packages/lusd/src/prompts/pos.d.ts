declare module 'pos' {
  class Tagger {
    tag(words: string[]): [word: string, tag: string][];
  }
  const pos: { Tagger: typeof Tagger };
  export default pos;
}
