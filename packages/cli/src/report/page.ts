import type { ReportData } from './model.ts';
import type { PageCode } from './pageCode.ts';

/**
 * A report as one HTML document that needs no network: its script is classic and inline, and so are its data, since
 * pages from a disk may neither load modules nor fetch.
 */
export function reportPage(data: ReportData, { script, style }: PageCode): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(data.report.title)}</title>
<style>${style}</style>
<body>
<noscript>This report needs JavaScript to show its pictures.</noscript>
<script type="application/json" id="data">${scriptJson(data)}</script>
<script>${script}</script>
</html>
`;
}

/** JSON that cannot end the element it stands in. Infinite numbers, which JSON lacks, become text. */
function scriptJson(data: ReportData): string {
  const text = JSON.stringify(data, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  return text.replaceAll('<', '\\u003c');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
