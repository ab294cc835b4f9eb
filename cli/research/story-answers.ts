/** What `strategy test` answers: the stories beside a strategy, played on the real desk and compared line by line with what they expect. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { BadParameters } from '#engine/strategy/strategy.ts';
import { faultText } from '#infra/config/faults.ts';
import { readStories, type Story, withExpectations } from '#infra/config/story-file.ts';
import { type Answer, Refused } from '../answer.ts';
import { lineDiff } from '../screen/line-diff.ts';
import type { FoundStrategy } from './kept-strategies.ts';
import { readStrategyFile } from './strategies.ts';
import { tried } from './strategy-trial.ts';

export const storyFileOf = (file: string): string => `${file.replace(/\.(ya?ml|json|m?ts)$/, '')}.story.yaml`;

export type Told = Readonly<{
  title: string;
  passed: boolean;
  lines: readonly string[];
  /** Expected and not seen, seen and not expected. */
  difference: readonly string[];
  faults: readonly string[];
}>;

/** One strategy against stories, which may be those of another of its kind. */
export async function toldStories(found: FoundStrategy, stories: readonly Story[]): Promise<readonly Told[]> {
  const told: Told[] = [];
  for (const story of stories) {
    const { title, expect } = story;
    try {
      const { played, faults } = await tried(story, found);
      const difference = expect === null ? [] : lineDiff(expect, played.lines);
      const said = expect === null ? ['expects nothing yet: --update writes what happens'] : [];
      const all = [...faults, ...said];
      told.push({
        title,
        passed: all.length === 0 && difference.length === 0 && !played.faulted,
        lines: played.lines,
        difference,
        faults: all,
      });
    } catch (error) {
      if (!(error instanceof Refused) && !(error instanceof BadParameters)) throw error;
      told.push({ title, passed: false, lines: [], difference: [], faults: error.message.split('\n') });
    }
  }
  return told;
}

export async function testStories(files: readonly string[], update: boolean): Promise<Answer> {
  const text: string[] = [];
  const fields: object[] = [];
  let [passed, failed, written] = [0, 0, 0];
  for (const file of files) {
    const { found, stories, path, source } = await readBoth(file);
    let told = await toldStories({ ...found, place: file }, stories);
    if (update) {
      const sure = told.filter(({ faults }, index) => faults.length === 0 || (faults.length === 1 && stories[index]!.expect === null));
      const now = withExpectations(source, path, new Map(sure.map(({ title, lines }) => [title, lines])));
      if (now !== source) {
        replaceFile(path, now);
        written += 1;
      }
      told = await toldStories({ ...found, place: file }, readStories(now, path).stories);
    }
    text.push(file);
    for (const { title, passed: isRight, difference, faults } of told) {
      text.push(`  ${isRight ? 'passed' : 'FAILED'}  ${title}`);
      text.push(...faults.map((fault) => `          ${fault}`));
      if (difference.length > 0) text.push('          - expected, + happened', ...difference.map((line) => `          ${line}`));
      if (isRight) passed += 1;
      else failed += 1;
    }
    fields.push({ file, stories: told });
  }
  const ok = failed === 0;
  return {
    ok,
    fields: { files: fields, passed, failed, written },
    text: [
      ...text,
      `${passed} passed, ${failed} failed${written === 0 ? '' : `; ${written} story ${written === 1 ? 'file' : 'files'} written`}`,
      `next: ${ok ? `npx retrace backtest ${files[0]} --tape …` : `mend the strategy, or npx retrace strategy test ${files.join(' ')} --update where what happens is right`}`,
    ],
  };
}

async function readBoth(file: string) {
  if (!existsSync(resolve(file))) throw new Refused(2, [`${file}: no such file`], 'npx retrace strategy ls');
  const { found, faults } = await readStrategyFile(resolve(file), file);
  if (found === null)
    throw new Refused(
      1,
      faults.map(({ text }) => text),
      `npx retrace strategy check ${file}`,
    );
  const path = storyFileOf(file);
  if (!existsSync(resolve(path)))
    throw new Refused(
      2,
      [`${path}: no such file; a story holds bars that go in, and what is expected of them`],
      'docs/writing-a-strategy.md shows one',
    );
  const source = readFileSync(resolve(path), 'utf8');
  const read = readStories(source, path);
  if (read.faults.length > 0) throw new Refused(2, read.faults.map(faultText), 'docs/writing-a-strategy.md says what a story may hold');
  return { found, stories: read.stories, path, source };
}

function replaceFile(path: string, text: string): void {
  const part = `${resolve(path)}.${process.pid}.part`;
  writeFileSync(part, text);
  renameSync(part, resolve(path));
}
