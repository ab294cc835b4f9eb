/** What an import found, for people. */
import type { ImportReport } from '#infra/import/report.ts';
import { iso } from '#replay/words.ts';
import { grouped } from './desk-screen.ts';

const n = (value: number): string => grouped(String(value));
const MOST_GAPS = 5;
const MOST_EXAMPLES = 6;
const minute = (us: number): string => iso(us).slice(0, 16).replace('T', ' ');

export function importLines(report: ImportReport, latencyUs: number): string[] {
  const { files, kind, timeframeUs, rowsIn, rowsKept, rowsQuarantined, rowsPassedOver, reasons, examples, coverage, gaps, spacing } =
    report;
  const what = kind === 'bar' ? `bars of ${timeframeUs / 1e6} s` : kind === 'book' ? 'book changes' : `${kind}s`;
  const lines = [
    `${n(rowsIn)} rows of ${what}: ${n(rowsKept)} kept, ${n(rowsQuarantined)} quarantined${rowsPassedOver > 0 ? `, ${n(rowsPassedOver)} passed over` : ''}`,
    ...files.slice(0, 3).map(({ file, dialect, about }) => `  ${file}: ${dialect} (${about})`),
    ...(files.length > 3 ? [`  and ${n(files.length - 3)} more files`] : []),
    `  arrival is ${report.arrival === 'recorded' ? 'as it was recorded' : kind === 'bar' ? "each bar's end" : 'the time in the data'} + ${latencyUs / 1e3} ms`,
  ];
  if (report.firstTimeUs !== null && report.lastTimeUs !== null)
    lines.push(`  ${minute(report.firstTimeUs)} to ${minute(report.lastTimeUs)} UTC`);
  if (kind === 'book')
    lines.push(
      `  ${n(report.snapshots)} ${report.snapshots === 1 ? 'snapshot' : 'snapshots'} of the book; before the first it is not known`,
    );
  for (const [name, { quarantined, kept, about, remedy }] of Object.entries(reasons)) {
    const counts = [...(quarantined > 0 ? [`${n(quarantined)} quarantined`] : []), ...(kept > 0 ? [`${n(kept)} kept`] : [])].join(', ');
    lines.push(`  ${name}: ${counts}: ${about}; ${remedy}`);
    for (const { file, line, value, text } of examples.filter(({ fault }) => fault === name).slice(0, MOST_EXAMPLES / 3))
      lines.push(`    ${file}:${line}${value === null ? '' : ` ${value}`}: ${text.slice(0, 100)}`);
  }
  if (gaps.count > 0) {
    const missing =
      gaps.missingBars > 0 ? `, ${n(gaps.missingBars)} bars missing` : gaps.missingIds > 0 ? `, ${n(gaps.missingIds)} ids missing` : '';
    lines.push(`  ${n(gaps.count)} ${gaps.count === 1 ? 'gap' : 'gaps'} in trading time${missing}`);
    for (const { beginUs, endUs, openUs } of gaps.list.slice(0, MOST_GAPS))
      lines.push(`    ${minute(beginUs)} to ${minute(endUs)}, ${n(Math.round(openUs / 6e7))} min`);
    if (gaps.count > MOST_GAPS) lines.push(`    and ${n(gaps.count - MOST_GAPS)} more`);
  }
  if (spacing !== null && kind !== 'bar') lines.push(`  between neighbours: ${spacingText(spacing)}`);
  if (coverage.lines.length > 0 && coverage.lines.length <= 40)
    lines.push(`  rows an ${coverage.each === 'hour' ? 'hour' : 'hour, a day a sign'}:`, ...coverage.lines.map((line) => `    ${line}`));
  return lines;
}

const spacingText = (spacing: object): string =>
  Object.entries(spacing)
    .filter(([, value]) => typeof value === 'number')
    .map(([name, value]) => `${name} ${(value as number) / 1e3} ms`)
    .join(', ');
