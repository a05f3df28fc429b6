import { useSignal } from '@preact/signals';
import { Header } from './Header.tsx';
import { Help } from './help/Help.tsx';
import { History } from './history/History.tsx';
import { Notices } from './Notices.tsx';
import { Method } from './panel/Method.tsx';
import { Options } from './panel/Options.tsx';
import { Prompts } from './panel/Prompts.tsx';
import { RunBar } from './panel/RunBar.tsx';
import { Weights } from './panel/Weights.tsx';
import { Curves } from './stage/Curves.tsx';
import { Stage } from './stage/Stage.tsx';
import type { Studio } from './state/studio.ts';

/** The whole page. */
export function App({ studio }: { studio: Studio }) {
  const isHelpOpen = useSignal(false);
  return (
    <>
      <Header studio={studio} onHelp={() => (isHelpOpen.value = true)} />
      <Notices notices={studio.notices} />
      <main class="layout">
        <section class="work" aria-label="Picture">
          <Stage studio={studio} />
          <Curves edits={studio.edits} />
        </section>
        <section class="panel" aria-label="Edit">
          <Method studio={studio} />
          <Prompts studio={studio} />
          <RunBar studio={studio} />
          <Options studio={studio} />
          <Weights studio={studio} />
        </section>
        <History studio={studio} />
      </main>
      {isHelpOpen.value && <Help onClose={() => (isHelpOpen.value = false)} />}
    </>
  );
}
