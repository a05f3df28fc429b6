/**
 * A prompt without the square brackets that mark its edited words, as PIE-Bench writes them:
 * `a [rusty] mountain bicycle` is `a rusty mountain bicycle`. Only brackets in pairs are marks.
 *
 * Source: `run_editing_p2p.py` of PnPInversion, which takes the brackets out before the model reads a prompt.
 */
export function withoutBrackets(prompt: string): string {
  const plain = prompt.replace(/\[([^[\]]*)\]/g, '$1');
  return plain === prompt ? prompt : withoutBrackets(plain);
}
