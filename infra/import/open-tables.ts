/** What a file is, told by its first bytes and not by its name: a table of text, of JSON lines, of Parquet, or an archive of such. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { openBytes, type Packed, unreadable } from './byte-source.ts';
import { csvTable } from './csv-table.ts';
import { ImportError } from './import-error.ts';
import type { CheckedOptions } from './import-options.ts';
import { jsonTable } from './json-table.ts';
import { parquetTable } from './parquet-table.ts';
import type { Table } from './row-source.ts';
import { zipMembers } from './zip.ts';

const MAGIC_BYTES = 4;
/** Blank lines before the first that tells what a text is. */
const SNIFF_BYTES = 4096;

export type OpenedFile = Readonly<{ name: string; bytes: number; tables: readonly Table[] }>;

export async function openTables(path: string, options: CheckedOptions): Promise<OpenedFile> {
  const name = basename(path);
  const { magic, bytes } = await beginning(path, name);
  if (bytes === 0) throw new ImportError('unreadable', 'it is empty', 'Leave the file out', { file: name });
  if (magic === 'PAR1') {
    const table = await parquetTable(path, name, options);
    return { name, bytes, tables: table === null ? [] : [table] };
  }
  const packed: Packed = { label: name, path, packing: 'plain', begin: 0, bytes, plain: null };
  const members: Packed[] = magic.startsWith('\u001f\u008b')
    ? [{ ...packed, packing: 'gzip' }]
    : magic === 'PK\u0003\u0004' || magic === 'PK\u0005\u0006'
      ? await zipMembers(path, name)
      : [packed];
  const tables: Table[] = [];
  for (const member of members) {
    const table = await textTable(member, options);
    if (table !== null) tables.push(table);
  }
  return { name, bytes, tables };
}

async function textTable(packed: Packed, options: CheckedOptions): Promise<Table | null> {
  const source = await openBytes(packed, 0);
  const bytes = new Uint8Array(SNIFF_BYTES);
  let count = 0;
  try {
    while (count < bytes.length) {
      const got = await source.readInto(bytes, count);
      if (got === 0) break;
      count += got;
    }
  } finally {
    await source.close();
  }
  const seen = bytes.subarray(0, count);
  if (seen.length >= MAGIC_BYTES && Buffer.from(seen.subarray(0, 4)).toString('latin1') === 'PAR1')
    throw new ImportError('unreadable', 'a Parquet file inside an archive is not read', 'Unpack it first', { file: packed.label });
  if (seen.includes(0) && !(seen[0] === 0xff || seen[0] === 0xfe))
    throw new ImportError('unreadable', 'it is no text, and no ZIP, gzip or Parquet file', 'Give a CSV, JSON lines or Parquet file', {
      file: packed.label,
    });
  const first = /^\ufeff?\s*(.)/u.exec(Buffer.from(seen).toString('utf8'))?.[1];
  return first === '{' || first === '[' ? jsonTable(packed, options) : csvTable(packed, options);
}

async function beginning(path: string, name: string): Promise<{ magic: string; bytes: number }> {
  try {
    const handle = await open(path, 'r');
    try {
      const bytes = Buffer.alloc(MAGIC_BYTES);
      const { bytesRead } = await handle.read(bytes, 0, MAGIC_BYTES, 0);
      return { magic: bytes.subarray(0, bytesRead).toString('latin1'), bytes: (await handle.stat()).size };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    throw unreadable(name, thrown);
  }
}
