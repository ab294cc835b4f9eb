/** Reports of runs: each is played again, so what is reported is what the run decides and not what somebody wrote beside it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { ASKED_BY_DEFAULT, type Measures, measure } from '#engine/portfolio/metrics/measure.ts';
import type { RunResult } from '#engine/run/result.ts';
import { compareRuns } from '#replay/report/compare.ts';
import { comparisonJson, renderComparison } from '#replay/report/compare-terminal.ts';
import { reportJson } from '#replay/report/json.ts';
import { renderTerminal } from '#replay/report/terminal.ts';
import type { Answer } from '../answer.ts';
import { deskHome, findJournal } from '../compose/desk-home.ts';
import { shortPath } from '../compose/journal-reader.ts';
import { coloursFor } from '../screen/terminal.ts';
import { countedRun, rerun } from './backtest-session.ts';
import { recordedDay } from './fork-journal.ts';
import { gateValueLines, gateValuesOf, gateValuesPlain, type Valued, valuedRun } from './gate-values.ts';
import { isRun, runNamed, runsHere } from './run-answers.ts';

export type ReportAsked = Readonly<{
  png: boolean;
  dark: boolean;
  parquet: boolean;
  out: string | null;
  seed: number;
  gateValue: boolean;
  /** Whose money is told, of a journal with several accounts. */
  account: string | null;
}>;

/** What is reported: a run of the catalogue, or a recorded day. */
type Reported = Readonly<{ id: string; folder: string; result: RunResult; measures: Measures; valued: Valued }>;

export async function reportRun(named: string, asked: ReportAsked): Promise<Answer> {
  const { png, dark, parquet, out } = asked;
  const { id, folder: own, result, measures, valued } = await reported(named, asked);
  const values = asked.gateValue ? await gateValuesOf(valued, result) : null;
  const folder = out === null ? own : resolve(out);
  mkdirSync(folder, { recursive: true });
  const files: string[] = [];
  const write = (name: string, content: string | Uint8Array): void => {
    const path = join(folder, out === null ? name : `${id}-${name}`);
    writeFileSync(path, content);
    files.push(path);
  };
  const { renderHtml } = await import('#replay/report/html/page.ts');
  write('report.html', renderHtml(result, measures, values));
  if (png) {
    const { PNG_BY_DEFAULT, renderPng } = await import('#infra/render/png.ts');
    write('report.png', renderPng(result, measures, { ...PNG_BY_DEFAULT, theme: dark ? 'dark' : 'light' }));
  }
  if (parquet) {
    const { runTables } = await import('#infra/render/parquet.ts');
    for (const [name, bytes] of Object.entries(runTables(result, measures, values))) write(`${name}.parquet`, bytes);
  }
  const { bold, dim, green, red } = coloursFor(process.stdout);
  return {
    ok: true,
    fields: {
      ...(JSON.parse(reportJson(result, measures)) as Answer['fields']),
      ...(values === null ? {} : { gateValue: gateValuesPlain(values, result) }),
      files,
    },
    text: [
      renderTerminal(result, measures, { bold, dim, green, red }).trimEnd(),
      ...(values === null ? [] : ['', ...gateValueLines(values, result, dim)]),
      '',
      ...files.map((path) => `wrote ${shortPath(path)}`),
      `next: npx retrace explain ${id} ${result.fills[0]?.order ?? String(Math.max(1, result.ticks))}`,
    ],
  };
}

async function reported(named: string, { seed, account }: ReportAsked): Promise<Reported> {
  const runs = runsHere();
  if (isRun(named, runs) || findJournal(named, deskHome()) === null) {
    const entry = runNamed(named, runs);
    const { result } = await rerun(entry);
    const measures = countedRun(entry, measure(result, { ...ASKED_BY_DEFAULT, seed }));
    return { id: entry.id, folder: runs.place(entry.id), result, measures, valued: valuedRun(entry) };
  }
  const day = await recordedDay(named, account);
  const measures = measure(day.result, { ...ASKED_BY_DEFAULT, seed });
  const folder = join(deskHome().path, 'reports', basename(day.id));
  return { id: basename(day.id), folder, result: day.result, measures, valued: { id: day.id, reader: day.reader, account } };
}

export async function compareNamed(one: string, other: string, out: string | null): Promise<Answer> {
  const runs = runsHere();
  const entries = [runNamed(one, runs), runNamed(other, runs)] as const;
  const [a, b] = [await rerun(entries[0]), await rerun(entries[1])];
  const comparison = compareRuns(a, b);
  const files: string[] = [];
  if (out !== null) {
    const { renderComparisonHtml } = await import('#replay/report/html/compare-page.ts');
    mkdirSync(resolve(out), { recursive: true });
    const path = join(resolve(out), `${entries[0].id}-${entries[1].id}.html`);
    writeFileSync(path, renderComparisonHtml(a, b));
    files.push(path);
  }
  const { bold, dim, green, red } = coloursFor(process.stdout);
  return {
    ok: true,
    fields: { ...(JSON.parse(comparisonJson(comparison, a.result)) as Answer['fields']), files },
    text: [
      renderComparison(comparison, a.result, { bold, dim, green, red }).trimEnd(),
      ...files.map((path) => `wrote ${shortPath(path)}`),
      `next: npx retrace report ${entries[0].id}`,
    ],
  };
}
