// The documents of the API are those of its routes and schemas, whole in themselves; and the page over them holds nothing foreign and sends no write to a
// desk that is not on paper.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { LIVE_VERSION } from '#gateway/contracts/live.ts';
import { PAGE_HTML, PAGE_STYLE } from '#gateway/rest/api-page.ts';
import { PAGE_SCRIPT } from '#gateway/rest/api-page-script.ts';
import { writtenDocuments } from '#gateway/rest/written-documents.ts';

const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const written = writtenDocuments(version);

describe.each(['openapi.json', 'asyncapi.json'] as const)('%s', (name) => {
  test('as it is committed is as the routes are: node scripts/api-documents.mjs writes it', () => {
    expect(readFileSync(join(ROOT, 'docs', 'api', name), 'utf8') === written[name], `docs/api/${name} is of other routes`).toBe(true);
  });

  test('every reference leads somewhere in it', () => {
    const document = JSON.parse(written[name]) as unknown;
    const at = (reference: string): unknown =>
      reference
        .slice(2)
        .split('/')
        .map((part) => decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~'))
        .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], document);
    const references = [...written[name].matchAll(/"\$ref": "(#[^"]+)"/g)].map(([, reference]) => reference!);
    expect(references.length).toBeGreaterThan(20);
    for (const reference of references) expect(at(reference), reference).toBeDefined();
  });
});

test('each operation has a name of its own, a summary, a tag, and says how it refuses', () => {
  const { paths } = JSON.parse(written['openapi.json']) as {
    paths: Record<string, Record<string, { operationId: string; summary: string; tags: string[]; responses: Record<string, unknown> }>>;
  };
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  expect(operations.length).toBeGreaterThan(80);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  for (const { operationId, summary, tags, responses } of operations)
    expect([operationId, summary.length > 5, tags.length, 'default' in responses]).toEqual([operationId, true, 1, true]);
});

test('the live protocol is told in its version, every message of both sides', () => {
  const { channels, components } = JSON.parse(written['asyncapi.json']) as {
    channels: { live: { title: string; messages: Record<string, unknown> } };
    components: { schemas: Record<string, unknown> };
  };
  expect(channels.live.title).toContain(`version ${LIVE_VERSION}`);
  expect(Object.keys(channels.live.messages)).toEqual(expect.arrayContaining(['subscribe', 'welcome', 'snapshot', 'delta', 'beat']));
  expect(Object.keys(components.schemas)).toEqual(expect.arrayContaining(['row-quotes', 'row-orders', 'row-decisions']));
});

describe('the page', () => {
  test('has no script or style within it, and asks nobody but its own gateway', async () => {
    expect(PAGE_HTML).not.toMatch(/<script(?![^>]*src="\/)|<style|\sstyle=|\son\w+=|https?:/);
    expect(`${PAGE_STYLE}${PAGE_SCRIPT}`).not.toMatch(/https?:|@import|url\(|eval|innerHTML/);
    await expect(transform(PAGE_SCRIPT, { format: 'esm', target: 'es2022' })).resolves.toBeDefined();
  });

  test('sends no write unless the desk is on paper', () => {
    const functions = PAGE_SCRIPT.slice(0, PAGE_SCRIPT.indexOf('\nconst form ='));
    const whyNot = new Function(`${functions}; return whyNot;`)() as (method: string, session: { mode: string }) => string | null;
    for (const method of ['post', 'put', 'patch', 'delete'])
      for (const mode of ['LIVE', 'REPLAY', 'BACKTEST', '']) expect(whyNot(method, { mode })).toContain('sends no writes');
    for (const method of ['post', 'delete']) expect(whyNot(method, { mode: 'PAPER' })).toBeNull();
    expect(whyNot('get', { mode: 'LIVE' })).toBeNull();
  });
});
