/** One part of the doctor's report. */
export interface Section {
  readonly title: string;
  /** For machines. */
  readonly data: object;
  /** For people: name and value. */
  readonly lines: readonly (readonly [name: string, value: string])[];
  /** What is missing, each with how to get it. */
  readonly missing: readonly string[];
}

/** The section as indented text. */
export function formatSection({ title, lines, missing }: Section): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return [
    title,
    ...lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    ...missing.map((text) => `  missing: ${text}.`),
  ].join('\n');
}
