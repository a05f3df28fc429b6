import type { Contestant } from './contestants.ts';
import type { AdapterName } from './library.ts';
import type { Answers } from './protocol.ts';
import { WorkerProcess } from './workerProcess.ts';

interface Member {
  readonly worker: WorkerProcess;
  readonly opened: Promise<Answers['open']>;
}

/** The contestants' processes: each opened once, and again after a crash. */
export class Team {
  private readonly members = new Map<Contestant, Member>();

  constructor(private readonly adapter: AdapterName) {}

  /** The contestant's process, its library open. @throws Error saying why it cannot be */
  async worker(contestant: Contestant): Promise<WorkerProcess> {
    const { worker, opened } = this.member(contestant);
    await opened;
    return worker;
  }

  /** What the contestant runs on. @throws Error saying why its library cannot be opened */
  adapterOf(contestant: Contestant): Promise<Answers['open']> {
    return this.member(contestant).opened;
  }

  disband(): void {
    for (const { worker } of this.members.values()) worker.kill();
  }

  private member(contestant: Contestant): Member {
    const present = this.members.get(contestant);
    if (present?.worker.alive) return present;
    const worker = new WorkerProcess();
    const { module, dtype } = contestant;
    const opened = worker.ask({ ask: 'open', module, options: { dtype, adapter: this.adapter } });
    const member = { worker, opened };
    this.members.set(contestant, member);
    return member;
  }
}
