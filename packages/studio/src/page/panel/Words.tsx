import type { MarkedWord } from '../../session/index.ts';
import type { Studio } from '../state/studio.ts';

/** The words of the target; those that the mask looks at are marked, and can be clicked on and off. */
export function Words({ studio }: { studio: Studio }) {
  const words = studio.marked.value?.words ?? [];
  const { value: problem } = studio.wordsProblem;
  if (words.length === 0 && problem === null) return null;
  const toggle = (word: MarkedWord) =>
    studio.change({ targetIndex: indicesAfter(words, word), editWords: null });
  const { targetIndex, editWords } = studio.settings.value;
  const isOwnChoice = targetIndex !== null || editWords !== null;
  return (
    <fieldset class="words">
      <legend>Words that the mask looks at</legend>
      {words.map((word, i) => (
        <button
          key={`${i}-${word.text}`}
          type="button"
          class="word"
          aria-pressed={word.isChosen}
          disabled={studio.edits.isActive.value}
          onClick={() => toggle(word)}
        >
          {word.text}
        </button>
      ))}
      {isOwnChoice && (
        <button
          type="button"
          class="quiet"
          onClick={() => studio.change({ targetIndex: null, editWords: null })}
        >
          Choose by itself
        </button>
      )}
      {problem !== null && <p class="hint">{problem}.</p>}
      {problem === null && words.every(({ isChosen }) => !isChosen) && (
        <p class="hint">No word is marked: the model makes no mask.</p>
      )}
    </fieldset>
  );
}

/** The tokens of all marked words, with one word marked or no longer. */
function indicesAfter(words: readonly MarkedWord[], changed: MarkedWord): number[] {
  const chosen = words.filter((word) => (word === changed ? !word.isChosen : word.isChosen));
  return [...new Set(chosen.flatMap(({ indices }) => indices))].sort((a, b) => a - b);
}
