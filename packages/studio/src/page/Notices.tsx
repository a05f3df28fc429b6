import type { Notices as NoticesStore } from './state/notices.ts';

/** What people are told, each with a way to put it away. */
export function Notices({ notices }: { notices: NoticesStore }) {
  return (
    <div class="notices" aria-live="polite">
      {notices.shown.value.map(({ id, tone, text }) => (
        <div key={id} class={`notice ${tone}`} role={tone === 'error' ? 'alert' : undefined}>
          <p>{text}</p>
          <button
            type="button"
            class="quiet"
            aria-label="Put this message away"
            onClick={() => notices.dismiss(id)}
          >
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}
