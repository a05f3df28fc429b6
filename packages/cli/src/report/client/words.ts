import { h } from './dom.ts';

/** A prompt with some of its words marked. */
export function markedPrompt(prompt: string, words: readonly string[]): (HTMLElement | string)[] {
  if (words.length === 0) return [prompt];
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])(${escaped.join('|')})(?![\\p{L}\\p{N}])`, 'giu');
  return prompt.split(pattern).map((part, i) => (i % 2 === 1 ? h('mark', {}, part) : part));
}
