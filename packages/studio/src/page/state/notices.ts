import { signal } from '@preact/signals';

/** Something that people are told, until they put it away. */
export interface Notice {
  readonly id: number;
  readonly tone: 'info' | 'error';
  readonly text: string;
}

let count = 0;

/** What people are told, the latest last. */
export class Notices {
  readonly shown = signal<readonly Notice[]>([]);

  tell(text: string, tone: Notice['tone'] = 'info'): void {
    const sentence = /[.!?]$/.test(text) ? text : `${text}.`;
    const others = this.shown.value.filter((notice) => notice.text !== sentence);
    this.shown.value = [...others, { id: count++, tone, text: sentence }];
  }

  fail(text: string): void {
    this.tell(text, 'error');
  }

  dismiss(id: number): void {
    this.shown.value = this.shown.value.filter((notice) => notice.id !== id);
  }
}
