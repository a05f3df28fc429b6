import type { Studio } from './state/studio.ts';

/** The title, what the edits run on, and the way to the guide. */
export function Header({ studio, onHelp }: { studio: Studio; onHelp: () => void }) {
  return (
    <header class="header">
      <h1>
        lusd <span>studio</span>
      </h1>
      <p class="device" role="status">
        {deviceLine(studio)}
      </p>
      <button type="button" class="quiet" onClick={onHelp}>
        Guide
      </button>
    </header>
  );
}

function deviceLine({ model, engine }: Studio): string {
  const { value: state } = model.state;
  const place = engine.place === 'page' ? 'in this page' : 'on this machine';
  if (state.kind === 'opening') return `Opening ${state.name}…`;
  if (state.kind === 'failed') return 'No model is open';
  const { facts } = state;
  const name = facts.name.replace(/\/$/, '').replace(/^.*[/\\]/, '');
  return `${name} ${place}, ${facts.device}${facts.isSoftware ? ' (software: slow)' : ''}`;
}
