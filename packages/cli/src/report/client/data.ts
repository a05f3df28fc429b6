import type { ReportData } from '../model.ts';

/** The report that is in the page. */
export function readData(): ReportData {
  const { report, pictures } = JSON.parse(document.getElementById('data')?.textContent ?? '') as ReportData;
  const edits = report.edits.map((edit) => ({
    ...edit,
    // Infinite numbers, which JSON lacks, stand there as text.
    results: edit.results.map((result) => ({
      ...result,
      values: result.values.map((value) => (value === null ? null : Number(value))),
    })),
  }));
  return { report: { ...report, edits }, pictures };
}
