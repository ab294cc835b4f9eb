// The house rules as functions from source text to violations. They read the syntax tree, so a word in a comment or a
// string is never mistaken for code. tidy.test.ts runs them over the repository and plants a violation for each.
import { builtinModules } from 'node:module';
import ts from 'typescript';

export type SourceText = Readonly<{ path: string; text: string }>;
export type Violation = Readonly<{ path: string; line: number; rule: string; found: string; remedy: string }>;

export const show = (v: Violation) => `${v.path}:${v.line} [${v.rule}] ${v.found}\n    remedy: ${v.remedy}`;

// ---------------------------------------------------------------- who may import what (ARCHITECTURE, "The house")

type Folder = Readonly<{ folders: readonly string[]; packages: readonly string[]; node: boolean }>;

/** The import table. `folders` are other top folders; `node` allows Node's own modules. */
export const HOUSE: Readonly<Record<string, Folder>> = {
  engine: { folders: [], packages: [], node: false },
  actors: { folders: ['engine'], packages: ['xstate'], node: false },
  streams: { folders: ['engine'], packages: ['rxjs'], node: false },
  replay: { folders: ['engine', 'actors'], packages: [], node: false },
  gateway: {
    folders: ['engine', 'replay', 'actors'],
    packages: ['@node-rs/argon2', 'uWebSockets.js', 'ws', 'zod', 'zod-openapi'],
    node: true,
  },
  infra: { folders: ['engine'], packages: [], node: true },
  cli: { folders: ['engine', 'actors', 'streams', 'replay', 'gateway', 'infra'], packages: ['commander', 'picocolors'], node: true },
};

/** One foreign system a folder: the packages each folder of infra/ may use. */
export const INFRA_PACKAGES: Readonly<Record<string, readonly string[]>> = {
  access: [],
  alerts: [],
  breaker: [],
  brokers: ['ccxt', '@stoqey/ib', 'rxjs', 'ws', 'zod'],
  clickhouse: ['@clickhouse/client', 'chdb'],
  config: ['yaml', 'zod'],
  control: [],
  deploy: [],
  files: [],
  import: ['hyparquet', 'hyparquet-compressors', 'hyparquet-writer'],
  kafka: ['kafkajs'],
  llm: ['openai', 'zod'],
  outbox: [],
  redis: ['bullmq', 'ioredis'],
  render: ['@resvg/resvg-js', 'dejavu-fonts-ttf', 'echarts', 'hyparquet-writer'],
  runs: [],
  storage: ['aws4fetch'],
  'strategy-bundle': ['esbuild'],
  tape: [],
  'venues-local': ['ws'],
};

/** infra/ may name what a feed says and what the door is shown, as types and from these files only. */
const FEED_TYPES: readonly string[] = ['#streams/feed.ts', '#streams/door.ts'];

/** The dashboard is a program for the browser: its own packages, and of ours only the contracts. */
const DASHBOARD = 'gateway/dashboard/';
const CONTRACTS = 'gateway/contracts/';

const FREE_FOLDERS = ['bench', 'tests'];

/** Tests and port contracts may import anything; nothing that ships may import them. */
export const isTest = (path: string) => /\.(test|test-d|contract)\.tsx?$/.test(path) || FREE_FOLDERS.includes(topOf(path));

const topOf = (path: string) => path.slice(0, path.indexOf('/') === -1 ? path.length : path.indexOf('/'));
const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

export type Import = Readonly<{ specifier: string | null; typeOnly: boolean; line: number }>;

/** Every import of a file: static, re-exported, dynamic, `import()` types, require, and `new URL('./x.ts', import.meta.url)`. */
export function importsOf(source: SourceText): Import[] {
  const file = parse(source);
  const found: Import[] = [];
  const add = (node: ts.Node, specifier: ts.Node | undefined, typeOnly: boolean) =>
    found.push({ specifier: specifier && ts.isStringLiteralLike(specifier) ? specifier.text : null, typeOnly, line: lineOf(file, node) });
  walk(file, (node) => {
    if (ts.isImportDeclaration(node)) add(node, node.moduleSpecifier, node.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword);
    else if (ts.isExportDeclaration(node) && node.moduleSpecifier) add(node, node.moduleSpecifier, node.isTypeOnly);
    else if (ts.isImportTypeNode(node)) add(node, ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, true);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node, node.arguments[0], false);
    else if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'require')
      add(node, node.arguments[0], false);
    else if (ts.isNewExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'URL') {
      const [first, base] = node.arguments ?? [];
      if (first && ts.isStringLiteralLike(first) && /\.tsx?$/.test(first.text) && base?.getText(file) === 'import.meta.url')
        add(node, first, false);
    }
  });
  return found;
}

/** Where a relative or `#folder/` import leads, as a path in the repository; null for a package. */
export function targetOf(from: string, specifier: string): string | null {
  if (specifier.startsWith('#')) return specifier.slice(1);
  if (!specifier.startsWith('.')) return null;
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop() ?? parts.push('..');
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

export function importRules(source: SourceText): Violation[] {
  const { path } = source;
  const top = topOf(path);
  if (isTest(path)) return [];
  const rule = HOUSE[top];
  if (!rule) return [];
  const found: Violation[] = [];
  const report = (line: number, what: string, remedy: string) => found.push({ path, line, rule: 'imports', found: what, remedy });

  for (const { specifier, typeOnly, line } of importsOf(source)) {
    if (specifier === null) {
      report(line, 'an import whose name is computed', 'import by a literal name, so that this table can be held');
      continue;
    }
    const target = targetOf(path, specifier);
    if (target !== null) {
      const other = topOf(target);
      if (isTest(target)) report(line, `imports ${specifier}, which is a test`, 'move what is shared beside its caller, outside the test');
      else if (specifier.startsWith('.') && other !== top)
        report(line, `the relative import ${specifier} leaves ${top}/`, `write #${target}, if the table of folders allows it`);
      else if (path.startsWith(DASHBOARD)) {
        if (!target.startsWith(DASHBOARD) && !target.startsWith(CONTRACTS))
          report(line, `the dashboard imports ${specifier}`, `the dashboard sees ${CONTRACTS} only: put the shape there`);
      } else if (other !== top && !rule.folders.includes(other)) {
        if (top === 'infra' && FEED_TYPES.includes(specifier)) {
          if (!typeOnly) report(line, `infra imports ${specifier} at run time`, 'write `import type`: infra knows types of streams only');
        } else
          report(
            line,
            `${top}/ imports ${specifier}`,
            `${top}/ may import ${rule.folders.map((f) => `${f}/`).join(', ') || 'only itself'}: move the code, or pass the value in`,
          );
      } else if (!/\.(tsx?|mjs|json|css)$/.test(specifier))
        report(line, `${specifier} has no extension`, 'write the file name as it is: ./position.ts');
      continue;
    }
    if (path.startsWith(DASHBOARD)) continue;
    const name = packageOf(specifier);
    if (specifier.startsWith('node:') || builtinModules.includes(name)) {
      if (!rule.node)
        report(line, `${top}/ imports ${specifier}`, `${top}/ touches nothing outside: take the value as an argument, or define a port`);
      continue;
    }
    if (top === 'infra') {
      const folder = path.split('/')[1] ?? '';
      const allowed = INFRA_PACKAGES[folder];
      if (!allowed)
        report(line, `infra/${folder} is not in INFRA_PACKAGES`, 'add the folder with its one foreign system to tests/tidy-rules.ts');
      else if (!allowed.includes(name))
        report(
          line,
          `infra/${folder} imports ${name}`,
          `infra/${folder} may use ${allowed.join(', ') || 'no package'}: a folder holds one foreign system`,
        );
    } else if (!rule.packages.includes(name))
      report(
        line,
        `${top}/ imports the package ${name}`,
        `${top}/ may use ${rule.packages.join(', ') || 'no package'}: put it behind a port in infra/`,
      );
  }
  return found;
}

// ---------------------------------------------------------------- what the desk may never touch (engine/, actors/)

const OUTSIDE: Readonly<Record<string, string>> = Object.fromEntries(
  [
    [['Date', 'performance'], 'time is an input: take a TimeUs from the fact'],
    [
      ['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'queueMicrotask'],
      'a deadline is state: engine/deadlines.ts',
    ],
    [['crypto'], 'chance is a named stream of engine/random.ts; hashes are handed in'],
    [['Intl'], 'the desk has no locale: format at the edge'],
    [
      ['process', 'console', 'fetch', 'require', 'globalThis', 'global', 'navigator', 'eval'],
      'the desk touches nothing outside: take it as an argument, or say it as a decision',
    ],
    [['WeakRef', 'FinalizationRegistry'], 'the garbage collector must not decide: free things explicitly'],
  ].flatMap(([names, remedy]) => (names as string[]).map((name) => [name, remedy as string])),
);

const ASYNC_TYPES = ['Promise', 'PromiseLike', 'AsyncIterable', 'AsyncIterator', 'AsyncGenerator', 'AsyncIterableIterator'];
const SYNC = 'the desk is synchronous: make it a decision (request) whose result returns as an input';

export const MATH_ALLOWED = ['sqrt', 'abs', 'min', 'max', 'floor', 'ceil', 'round', 'trunc', 'sign', 'imul'];
const MATH_CONSTANT = /^(PI|E|LN2|LN10|LOG2E|LOG10E|SQRT2|SQRT1_2)$/;

const inDesk = (path: string) => ['engine', 'actors'].includes(topOf(path)) && !isTest(path);

/** The shapes of ports: the journal's, and the broker's, which has its name because the folder holds more than ports. */
const PORTS = /(^|\/)port\.ts$|^engine\/execution\/broker\.ts$/;

/** No clock, no chance, no outside world, no locale, no promises. */
export function purityRules(source: SourceText): Violation[] {
  if (!inDesk(source.path)) return [];
  const { path } = source;
  const file = parse(source);
  const isPort = PORTS.test(path);
  const declared = declaredNames(file);
  const caught = caughtNames(file);
  const found: Violation[] = [];
  const report = (node: ts.Node, what: string, remedy: string) =>
    found.push({ path, line: lineOf(file, node), rule: 'pure', found: what, remedy });

  walk(file, (node) => {
    if (ts.isIdentifier(node) && isReference(node)) {
      const name = node.text;
      if (Object.hasOwn(OUTSIDE, name) && !declared.has(name)) report(node, name, OUTSIDE[name] as string);
      if (ASYNC_TYPES.includes(name) && !declared.has(name)) {
        if (!isInType(node)) report(node, `${name} as a value`, SYNC);
        else if (!isPort) report(node, `the type ${name}`, `${SYNC}; the shape of a port belongs in a file named port.ts`);
      }
    }
    if (ts.isMetaProperty(node) && node.name.text === 'meta')
      report(node, 'import.meta', 'where the code lies must not matter: take the path as an argument');
    const member = memberName(node);
    if (member !== null) {
      const object = objectOf(node);
      if (/^toLocale/.test(member) || member === 'localeCompare')
        report(node, `.${member}`, 'the desk has no locale: compare with < and format at the edge');
      if (member === 'random' && object === 'Math') report(node, 'Math.random', 'take a named stream of engine/random.ts');
      if (['captureStackTrace', 'stackTraceLimit'].includes(member) && object === 'Error')
        report(node, `Error.${member}`, 'a stack differs between builds: name the reason instead');
      if (member === 'stack' && isErrorLike(node, caught))
        report(node, '.stack of an error', 'a stack differs between builds: name the reason instead');
      if (['then', 'catch', 'finally'].includes(member) && ts.isCallExpression(node.parent) && node.parent.expression === node)
        report(node, `.${member}()`, SYNC);
    }
    if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword)) report(node, 'async', SYNC);
    if (ts.isAwaitExpression(node)) report(node, 'await', SYNC);
    if (ts.isForOfStatement(node) && node.awaitModifier) report(node, 'for await', SYNC);
  });
  return found;
}

/** Only arithmetic that gives the same bits on every Node (docs/kernel.md §11). */
export function mathRules(source: SourceText): Violation[] {
  if (!inDesk(source.path)) return [];
  const { path } = source;
  const file = parse(source);
  const found: Violation[] = [];
  const remedy = `use engine/math.ts; of Math only ${MATH_ALLOWED.join(', ')} give the same bits on every Node`;
  const report = (node: ts.Node, what: string, how = remedy) =>
    found.push({ path, line: lineOf(file, node), rule: 'math', found: what, remedy: how });
  walk(file, (node) => {
    if (ts.isIdentifier(node) && node.text === 'Math' && isReference(node) && !isInType(node)) {
      const member = memberName(node.parent);
      const isObject = member !== null && (node.parent as ts.PropertyAccessExpression).expression === node;
      if (!isObject) report(node, 'Math as a whole', 'name the function where it is used: Math.floor(x)');
      else if (!MATH_ALLOWED.includes(member) && !MATH_CONSTANT.test(member) && member !== 'random') report(node, `Math.${member}`);
    }
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken.kind;
      if (operator === ts.SyntaxKind.AsteriskAsteriskToken || operator === ts.SyntaxKind.AsteriskAsteriskEqualsToken)
        if (!isBigIntPower(node)) report(node, '**', 'multiply, or use pow of engine/math.ts: ** gives different bits on different Nodes');
    }
  });
  return found;
}

/** `10n ** 8n` is exact; only floats differ. Seen by a bigint literal on either side. */
const isBigIntPower = (node: ts.BinaryExpression) => ts.isBigIntLiteral(node.left) || ts.isBigIntLiteral(node.right);

// ---------------------------------------------------------------- machines (actors/)

const STATE_KEYS: Readonly<Record<string, string>> = {
  after: 'time is an input: keep a deadline in context, the desk fires it as an event',
  invoke: 'nothing runs inside a machine: say a decision, take its result as an event',
  spawn: 'the desk owns the actors: say that one is needed, desk.ts creates it',
  always: 'decide in the transition that leads here, with a guard',
  history: 'name the state to return to in context',
};

/** Machines are tables of causes and exits: no timers, no children, no hidden steps. */
export function machineRules(source: SourceText): Violation[] {
  if (topOf(source.path) !== 'actors' || isTest(source.path)) return [];
  const { path } = source;
  const file = parse(source);
  const found: Violation[] = [];
  const report = (node: ts.Node, what: string, remedy: string) =>
    found.push({ path, line: lineOf(file, node), rule: 'machine', found: what, remedy });
  const constants = new Map<string, ts.Expression>();
  walk(file, (node) => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer) constants.set(node.name.text, node.initializer);
  });
  const objectAt = (node: ts.Expression | undefined, depth = 0): ts.ObjectLiteralExpression | null => {
    if (!node || depth > 4) return null;
    if (ts.isObjectLiteralExpression(node)) return node;
    if (ts.isIdentifier(node)) return objectAt(constants.get(node.text), depth + 1);
    if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node))
      return objectAt(node.expression, depth + 1);
    return null;
  };
  const properties = (object: ts.ObjectLiteralExpression): Array<[string, ts.Node, ts.Expression]> =>
    object.properties.flatMap((p): Array<[string, ts.Node, ts.Expression]> => {
      if (ts.isPropertyAssignment(p)) return [[keyText(p.name), p, p.initializer]];
      if (ts.isShorthandPropertyAssignment(p)) return [[p.name.text, p, p.name]];
      if (ts.isSpreadAssignment(p)) {
        const spread = objectAt(p.expression);
        return spread ? properties(spread) : [];
      }
      return [];
    });
  const readState = (object: ts.ObjectLiteralExpression | null): void => {
    if (!object) return;
    for (const [key, node, value] of properties(object)) {
      if (Object.hasOwn(STATE_KEYS, key)) report(node, `${key}:`, STATE_KEYS[key] as string);
      if (key === 'type' && ts.isStringLiteralLike(value) && ['final', 'history'].includes(value.text))
        report(
          node,
          `type: '${value.text}'`,
          value.text === 'final' ? 'an ended actor forgets: leave a state without exits' : (STATE_KEYS['history'] as string),
        );
      if (key === 'states') {
        const states = objectAt(value);
        if (states) for (const [, , state] of properties(states)) readState(objectAt(state));
      }
    }
  };
  walk(file, (node) => {
    if (
      ts.isImportSpecifier(node) &&
      /^(spawnChild|fromPromise|fromCallback|fromObservable|fromEventObservable|waitFor|toPromise)$/.test(
        (node.propertyName ?? node.name).text,
      )
    )
      report(node, (node.propertyName ?? node.name).text, STATE_KEYS['invoke'] as string);
    if (!ts.isCallExpression(node)) return;
    const callee = ts.isPropertyAccessExpression(node.expression)
      ? node.expression.name.text
      : ts.isIdentifier(node.expression)
        ? node.expression.text
        : '';
    if (callee === 'createMachine' || callee === 'createStateConfig') readState(objectAt(node.arguments[0]));
    if (callee === 'spawn' || callee === 'spawnChild') report(node, `${callee}()`, STATE_KEYS['spawn'] as string);
    if (callee === 'setup') {
      const object = objectAt(node.arguments[0]);
      const delays = object && properties(object).find(([key]) => key === 'delays');
      if (delays) report(delays[1], 'delays:', STATE_KEYS['after'] as string);
    }
    if (callee === 'raise' || callee === 'sendTo') {
      const options = objectAt(node.arguments[callee === 'raise' ? 1 : 2]);
      const delay = options && properties(options).find(([key]) => key === 'delay');
      if (delay) report(delay[1], `${callee} with a delay`, STATE_KEYS['after'] as string);
    }
  });
  return found;
}

// ---------------------------------------------------------------- names, marks, places

export function nameRules(path: string): Violation[] {
  const bad = path.split('/').find((part) => /(^|-)(utils?|helpers?|common)$/i.test(part.replace(/\.[^/]*$/, '')));
  return bad ? [{ path, line: 1, rule: 'names', found: bad, remedy: 'name what it does, or put it beside its one caller' }] : [];
}

/** Notes to oneself in comments. */
export function markRules(source: SourceText): Violation[] {
  const found: Violation[] = [];
  const comments: Array<[number, string]> = [];
  const file = parse(source);
  const seen = new Set<number>();
  const collect = (at: number) => {
    for (const range of [...(ts.getLeadingCommentRanges(source.text, at) ?? []), ...(ts.getTrailingCommentRanges(source.text, at) ?? [])]) {
      if (seen.has(range.pos)) continue;
      seen.add(range.pos);
      comments.push([range.pos, source.text.slice(range.pos, range.end)]);
    }
  };
  collect(0);
  walk(file, (node) => {
    collect(node.getFullStart());
    collect(node.end);
  });
  for (const [at, text] of comments) {
    const mark = /\b(TO_?DO|FIX_?ME)\b/.exec(text);
    if (mark)
      found.push({
        path: source.path,
        line: file.getLineAndCharacterOfPosition(at).line + 1,
        rule: 'marks',
        found: mark[0],
        remedy: 'do it, or write it down as an issue and delete the mark',
      });
  }
  return found;
}

/** Names of one machine or one company's network have no place in the repository. */
export function placeRules(source: SourceText): Violation[] {
  const patterns: Array<[RegExp, string]> = [
    [/registry[.](npmjs|yarnpkg)|npmjs[.]org|artif[a]ctory|verd[a]ccio|_auth[T]oken/i, 'leave the registry to the reader’s npm settings'],
    [/(?<![\w.)\]}*/-])\/(work|root|home\/\w+|Users\/\w+)\//, 'write a path relative to the repository, or take it as a setting'],
    [/"resolv[e]d": "https?:/, 'install with omit-lockfile-registry-resolved=true (.npmrc sets it)'],
  ];
  return source.text.split('\n').flatMap((text, index) =>
    patterns.flatMap(([pattern, remedy]) => {
      const hit = pattern.exec(text);
      return hit ? [{ path: source.path, line: index + 1, rule: 'places', found: hit[0].trim(), remedy }] : [];
    }),
  );
}

// ---------------------------------------------------------------- dependencies

export type PackageJson = Readonly<{
  scripts?: Record<string, string>;
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}>;

/** Every direct dependency is pinned exactly and has its line of reason; every line names a dependency. */
export function dependencyRules(manifest: PackageJson, reasons: SourceText): Violation[] {
  const found: Violation[] = [];
  const all = { ...manifest.dependencies, ...manifest.devDependencies, ...manifest.optionalDependencies };
  const listed = new Map<string, number>();
  reasons.text.split('\n').forEach((line, index) => {
    const entry = /^- `([^`]+)`: \S.{10,}/.exec(line);
    if (entry?.[1]) listed.set(entry[1], index + 1);
  });
  for (const [name, range] of Object.entries(all)) {
    if (!/^(npm:(@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(-[\w.-]+)?$/.test(range))
      found.push({
        path: 'package.json',
        line: 1,
        rule: 'dependencies',
        found: `${name} is pinned as ${range}`,
        remedy: 'pin the exact version',
      });
    if (!listed.has(name))
      found.push({
        path: reasons.path,
        line: 1,
        rule: 'dependencies',
        found: `${name} has no line`,
        remedy: `add "- \`${name}\`: why it is here" to ${reasons.path}`,
      });
  }
  for (const [name, line] of listed)
    if (!Object.hasOwn(all, name))
      found.push({ path: reasons.path, line, rule: 'dependencies', found: `${name} is no direct dependency`, remedy: 'delete the line' });
  return found;
}

export type Lockfile = Readonly<{
  packages?: Record<string, Readonly<{ optionalDependencies?: Record<string, string>; peerDependencies?: object }>>;
}>;

/** The lockfile names the packages of every platform; npm leaves out those it could not fetch, and then `npm ci` refuses elsewhere. */
export function lockRules(path: string, lock: Lockfile): Violation[] {
  const packages = lock.packages ?? {};
  return Object.entries(packages).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !Object.hasOwn(packages, `${place}/node_modules/${name}`) && !Object.hasOwn(packages, `node_modules/${name}`))
      .map((name) => ({
        path,
        line: 1,
        rule: 'lockfile',
        found: `${place} wants ${name}, which is not locked`,
        remedy: 'pin a version whose optional packages can all be fetched',
      })),
  );
}

// ---------------------------------------------------------------- documents

type Place = Readonly<{ exists: (path: string) => boolean; read: (path: string) => string | null }>;

/** Relative links lead to a file, and `#anchors` to a heading. */
export function linkRules(source: SourceText, place: Place): Violation[] {
  const found: Violation[] = [];
  proseLines(source.text).forEach((line, index) => {
    for (const match of line.matchAll(/\[[^\]]*\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
      const link = match[1] as string;
      if (/^[a-z][a-z+.-]*:/i.test(link)) continue;
      const [target = '', anchor] = link.split('#');
      const path =
        target === ''
          ? source.path
          : (targetOf(source.path, target.startsWith('/') ? `.${target}` : `./${target}`) ?? '').replace(/\/$/, '');
      if (!place.exists(path)) {
        found.push({
          path: source.path,
          line: index + 1,
          rule: 'links',
          found: `${link} does not exist`,
          remedy: 'correct the link, or delete it',
        });
      } else if (anchor && path.endsWith('.md') && !headings(place.read(path) ?? '').includes(anchor)) {
        found.push({
          path: source.path,
          line: index + 1,
          rule: 'links',
          found: `${link}: no such heading`,
          remedy: 'link to a heading that exists',
        });
      }
    }
  });
  return found;
}

/** GitHub's anchors of a document. */
export function headings(text: string): string[] {
  const seen = new Map<string, number>();
  return proseLines(text, true).flatMap((line) => {
    const title = /^#{1,6}\s+(.*?)\s*#*$/.exec(line)?.[1];
    if (title === undefined) return [];
    const slug = title
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-');
    const count = seen.get(slug) ?? 0;
    seen.set(slug, count + 1);
    return [count === 0 ? slug : `${slug}-${count}`];
  });
}

/** Lines with fenced blocks blanked out, and code spans too unless asked for; line numbers stay true. */
function proseLines(text: string, spans = false): string[] {
  let fence: string | null = null;
  return text.split('\n').map((line) => {
    const mark = /^\s*(```+|~~~+)/.exec(line)?.[1];
    if (mark && (fence === null || line.trim().startsWith(fence))) {
      fence = fence === null ? mark : null;
      return '';
    }
    if (fence !== null) return '';
    return spans ? line : line.replace(/`[^`]*`/g, '``');
  });
}

/** The commands of a document's `sh` blocks, with their lines. */
export function commandsOf(text: string): Array<{ line: number; command: string }> {
  let inside = false;
  return text.split('\n').flatMap((raw, index) => {
    const line = raw.trim();
    if (line.startsWith('```')) {
      inside = !inside && /^```(sh|bash|console)\b/.test(line);
      return [];
    }
    if (!inside || line === '' || line.startsWith('#')) return [];
    return line
      .replace(/\s+#\s.*$/, '')
      .split(/&&|\|\|?|;/)
      .map((part) => ({
        line: index + 1,
        command: part
          .trim()
          .replace(/^\$\s+/, '')
          .replace(/^([A-Z_][A-Z0-9_]*=\S*\s+)+/, ''),
      }))
      .filter(({ command }) => command !== '');
  });
}

/** `commands` are the known subcommands of retrace; null while there is no folder of commands to read them from. */
export function commandRules(source: SourceText, manifest: PackageJson, commands: readonly string[] | null, place: Place): Violation[] {
  return commandsOf(source.text).flatMap(({ line, command }) => {
    const words = command.split(/\s+/);
    const problem = (found: string, remedy: string): Violation[] => [{ path: source.path, line, rule: 'commands', found, remedy }];
    const [program, first = '', second = ''] = words;
    if (program === 'npm') {
      const script = first === 'run' ? second : ['start', 'test'].includes(first) ? first : null;
      if (script !== null && !Object.hasOwn(manifest.scripts ?? {}, script))
        return problem(command, `there is no script "${script}" in package.json`);
      if (script === null && !['ci', 'install', 'audit'].includes(first)) return problem(command, 'npm has no such command here');
    } else if (program === 'npx') {
      if (first !== 'retrace') return problem(command, 'document commands of the project only');
      if (second !== '' && !second.startsWith('-') && commands !== null && !commands.includes(second))
        return problem(command, `there is no ${second} in cli/commands`);
    } else if (['node', 'bash', 'sh'].includes(program ?? '')) {
      if (first !== '' && !first.startsWith('-') && !place.exists(first.replace(/^\.\//, '')))
        return problem(command, `${first} does not exist`);
    } else if (!['git', 'cd', 'docker', 'curl', 'export', 'cp', 'cat'].includes(program ?? '')) {
      return problem(command, 'a reader cannot know this program: document npm, npx retrace, git, docker or curl');
    }
    return [];
  });
}

// ---------------------------------------------------------------- dead files

/** Files that no root reaches. A name ending in `.ts` must be imported by something that runs, or stand in `allowed`. */
export function deadFileRules(
  sources: readonly SourceText[],
  isRoot: (path: string) => boolean,
  allowed: Readonly<Record<string, string>>,
): Violation[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const reached = new Set<string>();
  const waiting = sources.filter(({ path }) => isRoot(path)).map(({ path }) => path);
  while (waiting.length > 0) {
    const path = waiting.pop() as string;
    const source = byPath.get(path);
    if (reached.has(path) || !source) continue;
    reached.add(path);
    for (const { specifier } of importsOf(source)) {
      const target = specifier === null ? null : targetOf(path, specifier);
      if (target !== null) waiting.push(target);
    }
  }
  const dead = sources.filter(({ path }) => !reached.has(path) && !Object.hasOwn(allowed, path));
  const stale = Object.keys(allowed).filter((path) => !byPath.has(path) || reached.has(path));
  return [
    ...dead.map(({ path }) => ({
      path,
      line: 1,
      rule: 'dead files',
      found: 'nothing that runs imports this file',
      remedy: 'use it, test it, or delete it',
    })),
    ...stale.map((path) => ({
      path,
      line: 1,
      rule: 'dead files',
      found: 'allowed as unreached, but it is reached or gone',
      remedy: 'take it off the list',
    })),
  ];
}

// ---------------------------------------------------------------- reading syntax

const parsed = new WeakMap<SourceText, ts.SourceFile>();

function parse(source: SourceText): ts.SourceFile {
  const known = parsed.get(source);
  if (known) return known;
  const kind = source.path.endsWith('x') ? ts.ScriptKind.TSX : source.path.endsWith('.ts') ? ts.ScriptKind.TS : ts.ScriptKind.JS;
  const file = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.ESNext, true, kind);
  parsed.set(source, file);
  return file;
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

const lineOf = (file: ts.SourceFile, node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;

const keyText = (name: ts.PropertyName) => (ts.isIdentifier(name) || ts.isStringLiteralLike(name) ? name.text : '');

/** The member named by `a.b` or `a['b']`; null for anything else. */
function memberName(node: ts.Node): string | null {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression)) return node.argumentExpression.text;
  return null;
}

function objectOf(node: ts.Node): string | null {
  if (!ts.isPropertyAccessExpression(node) && !ts.isElementAccessExpression(node)) return null;
  return ts.isIdentifier(node.expression) ? node.expression.text : null;
}

/** An error by how it is made or named; without types that is what can be seen. */
function isErrorLike(node: ts.Node, caught: ReadonlySet<string>): boolean {
  const object = (node as ts.PropertyAccessExpression).expression;
  const inner = ts.isParenthesizedExpression(object) ? object.expression : object;
  const subject = ts.isAsExpression(inner) ? inner.expression : inner;
  if (ts.isNewExpression(subject)) return ts.isIdentifier(subject.expression) && subject.expression.text.endsWith('Error');
  return ts.isIdentifier(subject) && (caught.has(subject.text) || /^(e|err|error|cause)$|Error$/.test(subject.text));
}

/** Whether an identifier stands for a value or type of that name, not for a property, a key or a declaration. */
function isReference(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isQualifiedName(parent)) return parent.left === node;
  if (ts.isPropertyAssignment(parent)) return parent.initializer === node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  if (ts.isImportSpecifier(parent) || ts.isExportSpecifier(parent) || ts.isImportClause(parent) || ts.isNamespaceImport(parent))
    return false;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isMetaProperty(parent) || ts.isLabeledStatement(parent)) return false;
  const named = parent as ts.Node & { name?: ts.Node };
  return named.name !== node;
}

function isInType(node: ts.Node): boolean {
  for (let at: ts.Node | undefined = node.parent; at; at = at.parent) {
    if (ts.isTypeNode(at) && !ts.isExpressionWithTypeArguments(at)) return true;
    if (ts.isExpressionWithTypeArguments(at)) return ts.isInterfaceDeclaration(at.parent.parent) || ts.isHeritageClause(at.parent);
    if (ts.isStatement(at) || ts.isFunctionLike(at)) return false;
  }
  return false;
}

/** Names a file makes itself, by import, variable, parameter, function, class or type: those are not the globals. */
function declaredNames(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  walk(file, (node) => {
    const isDeclaration =
      ts.isVariableDeclaration(node) ||
      ts.isParameter(node) ||
      ts.isBindingElement(node) ||
      ts.isFunctionDeclaration(node) ||
      ts.isClassDeclaration(node) ||
      ts.isTypeAliasDeclaration(node) ||
      ts.isInterfaceDeclaration(node) ||
      ts.isTypeParameterDeclaration(node) ||
      ts.isImportSpecifier(node) ||
      ts.isImportClause(node) ||
      ts.isNamespaceImport(node);
    if (isDeclaration && node.name && ts.isIdentifier(node.name)) names.add(node.name.text);
  });
  return names;
}

function caughtNames(file: ts.SourceFile): ReadonlySet<string> {
  const names = new Set<string>();
  walk(file, (node) => {
    if (ts.isCatchClause(node) && node.variableDeclaration && ts.isIdentifier(node.variableDeclaration.name))
      names.add(node.variableDeclaration.name.text);
  });
  return names;
}
