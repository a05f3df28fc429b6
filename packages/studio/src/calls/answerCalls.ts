import type { Failure } from '../session/index.ts';
import type { CallTable, Handlers, Reply, Request } from './protocol.ts';

/** What is used of a worker's scope. */
declare const self: {
  postMessage(reply: Reply, transfer: Transferable[]): void;
  onmessage: ((message: MessageEvent) => void) | null;
};

interface AnswerOptions {
  /** What the page is told of an error. */
  readonly failureOf: (error: unknown) => Failure;
  /** What of an event or a result goes to the page without a copy; default: nothing. */
  readonly transferOf?: (told: unknown) => Transferable[];
}

/** Answers the calls of a page, in a worker. */
export function answerCalls<Table extends CallTable<Table>>(
  handlers: Handlers<Table>,
  { failureOf, transferOf = () => [] }: AnswerOptions,
): void {
  const answer = async <Name extends keyof Table>({ call, name, args }: Request<Table, Name>) => {
    try {
      const emit = (event: Table[Name]['event']) =>
        self.postMessage({ call, kind: 'event', event }, transferOf(event));
      const result = await handlers[name](args, emit);
      self.postMessage({ call, kind: 'result', result }, transferOf(result));
    } catch (error) {
      self.postMessage({ call, kind: 'failure', failure: failureOf(error) }, []);
    }
  };
  self.onmessage = ({ data }: MessageEvent<Request<Table>>) => void answer(data);
}
