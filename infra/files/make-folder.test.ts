import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { nodeDisk } from './disk.ts';
import { makeFolderSync } from './make-folder.ts';

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), 'retrace-folders-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('all that is missing is made, from the top; the first is told', () => {
  const root = place();
  expect(makeFolderSync(join(root, 'a', 'b', 'c'), 0o700)).toBe(join(root, 'a'));
  expect(makeFolderSync(join(root, 'a', 'b', 'c'))).toBeNull();
  expect(makeFolderSync(join(root, 'a', 'b', 'd'))).toBe(join(root, 'a', 'b', 'd'));
  expect(statSync(join(root, 'a', 'b', 'c')).isDirectory()).toBe(true);
  if (process.platform !== 'win32') expect(statSync(join(root, 'a', 'b')).mode & 0o777).toBe(0o700);
});

test('a file in the way is an error', () => {
  const root = place();
  writeFileSync(join(root, 'file'), '');
  expect(() => makeFolderSync(join(root, 'file'))).toThrow(/EEXIST/);
  expect(() => makeFolderSync(join(root, 'file', 'in', 'it'))).toThrow(/EEXIST|ENOTDIR/);
});

test.runIf(process.platform === 'linux')('a place that takes no folders is an error, at once', async () => {
  expect(() => makeFolderSync('/proc/nowhere/at/all')).toThrow(/ENOENT/);
  await expect(nodeDisk.makeFolder('/proc/nowhere/at/all')).rejects.toThrow(/ENOENT/);
});
