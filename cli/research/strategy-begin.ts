/** What `strategy new` writes: a strategy that runs, to be changed, with a story of what it does, and for a program what an editor needs. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { readStories, withExpectations } from '#infra/config/story-file.ts';
import { type Answer, Refused } from '../answer.ts';
import { thisBuild } from '../compose/build.ts';
import { storyFileOf } from './story-answers.ts';
import { readStrategyFile, shippedFiles } from './strategies.ts';
import { otherMarkets, tried, walkStory } from './strategy-trial.ts';

type Ending = '.yaml' | '.ts';

export async function newStrategy(name: string, like: string, isProgram: boolean): Promise<Answer> {
  const ending: Ending = isProgram ? '.ts' : '.yaml';
  const shipped = shippedFiles(ending).map((file) => file.slice(0, -ending.length));
  if (!shipped.includes(like))
    throw new Refused(
      2,
      [`--like ${like}: is not one of ${shipped.join(', ')}${isProgram ? ', which are programs' : ''}`],
      'npx retrace strategy ls',
    );
  const file = `${name}${ending}`;
  const story = storyFileOf(file);
  const there = [file, story].filter((each) => existsSync(resolve(each)));
  if (there.length > 0)
    throw new Refused(
      2,
      there.map((each) => `${each} is there already`),
      'choose another name, or another folder',
    );
  const sample = join(thisBuild().root, 'strategies', `${like}${ending}`);
  const text = readFileSync(sample, 'utf8');
  const called = isProgram
    ? text.replace(/^\/\*\*[\s\S]*?\*\//, `/** ${name}: begun as ${like}. */`).replace(/^( {2}name: )'[\w-]+'/m, `$1'${name}'`)
    : text.replace(/^/, `# ${name}: begun as ${like}.\n`).replace(/^name: .*$/m, `name: ${name}`);
  writeFileSync(resolve(file), called, { flag: 'wx' });
  writeFileSync(resolve(story), await storyText(file, storyFileOf(sample)), { flag: 'wx' });
  const editor = isProgram ? editorSettings() : null;
  const written = [file, story, ...(editor === null ? [] : [editor])];
  return {
    ok: true,
    fields: { name, path: resolve(file), like, files: written },
    text: [
      `wrote ${file}, which does what ${like} does: change it`,
      `wrote ${story}: bars that go in, and what is expected of them`,
      ...(editor === null ? [] : [`wrote ${editor}, by which an editor finds retrace/strategy`]),
      `next: npx retrace strategy check ${file} && npx retrace strategy test ${file}`,
    ],
  };
}

/** The story of the sample, or one of a made-up walk with what happens in it. */
async function storyText(file: string, sample: string): Promise<string> {
  if (existsSync(sample)) return readFileSync(sample, 'utf8').replace(/^(#.*\n)*/, `${ABOUT_STORIES}\n`);
  const { found } = await readStrategyFile(resolve(file), file);
  const walk = walkStory(found!, WALKED_BARS);
  const line = (bars: typeof walk.bars): string =>
    bars.map((bar) => [bar!.open, bar!.high, bar!.low, bar!.close].map((ticks) => (ticks / 100).toFixed(2)).join('/')).join(' ');
  const others = otherMarkets(found!).map((name) => `    ${name}: ${line(walk.others.get(name)!)}\n`);
  const begun = `${ABOUT_STORIES}
a walk up and down:
  bars: ${line(walk.bars)}
${others.length === 0 ? '' : `  others:\n${others.join('')}`}  expect: []
`;
  const [story] = readStories(begun, file).stories;
  const { played } = await tried(story!, found!);
  return withExpectations(begun, file, new Map([[story!.title, played.lines]]));
}

const WALKED_BARS = 120;
const ABOUT_STORIES = `# A story has a title; below it, bars that go in and lines that are expected to come out.
# A bar is a close, or open/high/low/close; *3 behind one repeats it, - is an interval in which none formed. Orders fill in the next bar.
# npx retrace strategy test <file> --update writes what happens as what is expected: read it before you believe it.`;

/** Where the types lie; null where there are settings already, or the folder lies in this build and needs none. */
function editorSettings(): string | null {
  const { root } = thisBuild();
  const here = resolve('.');
  if (existsSync('tsconfig.json') || here === root || here.startsWith(`${root}${sep}`)) return null;
  const types = relative(here, join(root, 'types', 'strategy.d.ts'))
    .split(sep)
    .join('/');
  const settings = {
    compilerOptions: {
      ...{ target: 'ES2022', lib: ['ES2022'], types: [], module: 'ESNext', moduleResolution: 'bundler', noEmit: true },
      ...{ strict: true, allowImportingTsExtensions: true, verbatimModuleSyntax: true, erasableSyntaxOnly: true },
      paths: { 'retrace/strategy': [types.startsWith('.') ? types : `./${types}`] },
    },
    include: ['*.ts'],
  };
  writeFileSync('tsconfig.json', `${JSON.stringify(settings, null, 2)}\n`, { flag: 'wx' });
  return 'tsconfig.json';
}
