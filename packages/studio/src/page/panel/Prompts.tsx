import { usesNegative, usesWords } from '../../session/index.ts';
import type { Studio } from '../state/studio.ts';
import { Words } from './Words.tsx';

/** What the picture shows and what it should show, as far as the method looks at them. */
export function Prompts({ studio }: { studio: Studio }) {
  const { value: settings } = studio.settings;
  const { source, target, negative } = settings;
  const isInstruction = settings.method === 'instruct-pix2pix';
  return (
    <div class="prompts">
      {!isInstruction && (
        <Prompt
          title="The picture shows"
          value={source}
          example="a cup of coffee"
          onType={(text) => studio.type({ source: text })}
        />
      )}
      <Prompt
        title={isInstruction ? 'What should be done with it' : 'It should show'}
        value={target}
        example={isInstruction ? 'make it a cup of matcha' : 'a cup of matcha'}
        onType={(text) => studio.type({ target: text })}
      />
      {usesNegative(settings) && (
        <Prompt
          title="It should not show"
          value={negative ?? ''}
          example="left empty: the method's default"
          onType={(text) => studio.change({ negative: text === '' ? null : text })}
        />
      )}
      {usesWords(settings) && <Words studio={studio} />}
      <Unread studio={studio} isInstruction={isInstruction} />
    </div>
  );
}

interface PromptProps {
  readonly title: string;
  readonly value: string;
  readonly example: string;
  readonly onType: (text: string) => void;
}

function Prompt({ title, value, example, onType }: PromptProps) {
  return (
    <label>
      <span>{title}</span>
      <textarea
        rows={2}
        value={value}
        placeholder={example}
        onInput={({ currentTarget }) => onType(currentTarget.value)}
      />
    </label>
  );
}

/** What of the prompts the model leaves out. */
function Unread({ studio, isInstruction }: { studio: Studio; isInstruction: boolean }) {
  const unread = studio.marked.value?.unread;
  const text = unread?.target ?? (isInstruction ? null : unread?.source);
  if (!text || studio.settings.value.longPrompts) return null;
  return <p class="hint">The model does not read “{text}”: shorten the prompt, or switch long-prompts on.</p>;
}
