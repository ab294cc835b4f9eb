/**
 * The members of a ZIP file, from its central directory: where their bytes lie and how they are packed (stored, deflate; zip64 too).
 * Every number in it is checked against the file before it is followed. Unpacks nothing.
 */
import type { FileHandle } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { type Packed, unreadable } from './byte-source.ts';
import { shown } from './import-error.ts';

const END = 0x06054b50;
const END_BYTES = 22;
const MAX_COMMENT = 65_535;
const LOCATOR = 0x07064b50;
const LOCATOR_BYTES = 20;
const END_64 = 0x06064b50;
const END_64_BYTES = 56;
const ENTRY = 0x02014b50;
const ENTRY_BYTES = 46;
const LOCAL = 0x04034b50;
const LOCAL_BYTES = 30;
const FULL_32 = 0xffffffff;
const FULL_16 = 0xffff;
/** A directory of foreign data that is larger is not one. */
const MAX_DIRECTORY_BYTES = 64 << 20;

type Entry = Readonly<{ name: string; encrypted: boolean; method: number; crc32: number; bytes: number; plainBytes: number; at: number }>;

/** In the order of the directory; folders and what systems add to archives left out. */
export async function zipMembers(path: string, label: string): Promise<Packed[]> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, 'r');
    const size = (await handle.stat()).size;
    const members: Packed[] = [];
    for (const entry of await directory(handle, size)) {
      const base = entry.name.slice(entry.name.lastIndexOf('/') + 1);
      if (entry.name.endsWith('/') || base.startsWith('.') || entry.name.startsWith('__MACOSX/')) continue;
      members.push(await member(handle, size, path, label, entry));
    }
    if (members.length === 0) throw new Error('the archive holds no file');
    return members;
  } catch (thrown) {
    throw unreadable(label, thrown);
  } finally {
    await handle?.close();
  }
}

async function member(handle: FileHandle, size: number, path: string, label: string, entry: Entry): Promise<Packed> {
  const name = shown(entry.name, 100);
  if (entry.encrypted) throw new Error(`${name} is encrypted; unpack it first`);
  if (entry.method !== 0 && entry.method !== 8) throw new Error(`${name} is packed by method ${entry.method}; stored and deflate are read`);
  const local = await bytesAt(handle, size, entry.at, LOCAL_BYTES);
  if (local.getUint32(0, true) !== LOCAL) throw new Error(`${name} does not begin where the directory says`);
  const begin = entry.at + LOCAL_BYTES + local.getUint16(26, true) + local.getUint16(28, true);
  if (begin + entry.bytes > size) throw new Error(`${name} goes on beyond the end of the file`);
  if (entry.method === 0 && entry.bytes !== entry.plainBytes) throw new Error(`${name} is stored, with two different lengths`);
  return {
    label: `${label}/${name}`,
    path,
    packing: entry.method === 0 ? 'stored' : 'deflate',
    begin,
    bytes: entry.bytes,
    plain: { bytes: entry.plainBytes, crc32: entry.crc32 },
  };
}

async function directory(handle: FileHandle, size: number): Promise<Entry[]> {
  const tailBytes = Math.min(size, END_BYTES + MAX_COMMENT);
  const tail = await bytesAt(handle, size, size - tailBytes, tailBytes);
  let end = tailBytes - END_BYTES;
  // the comment behind it may hold anything, so its length must fit as well
  while (end >= 0 && !(tail.getUint32(end, true) === END && tail.getUint16(end + 20, true) === tailBytes - END_BYTES - end)) end -= 1;
  if (end < 0) throw new Error('the directory of the archive is missing: the file is not whole');
  let count = tail.getUint16(end + 10, true);
  let bytes = tail.getUint32(end + 12, true);
  let at = tail.getUint32(end + 16, true);
  if (count === FULL_16 || bytes === FULL_32 || at === FULL_32) {
    const locator = await bytesAt(handle, size, size - tailBytes + end - LOCATOR_BYTES, LOCATOR_BYTES);
    if (locator.getUint32(0, true) !== LOCATOR) throw new Error('the archive is of the large form and lacks its locator');
    const large = await bytesAt(handle, size, whole64(locator, 8), END_64_BYTES);
    if (large.getUint32(0, true) !== END_64) throw new Error('the archive is of the large form and lacks its directory end');
    count = whole64(large, 32);
    bytes = whole64(large, 40);
    at = whole64(large, 48);
  }
  if (bytes > MAX_DIRECTORY_BYTES) throw new Error(`a directory of ${bytes} bytes is larger than ${MAX_DIRECTORY_BYTES}`);
  const view = await bytesAt(handle, size, at, bytes);
  const entries: Entry[] = [];
  let pos = 0;
  for (let n = 0; n < count; n += 1) {
    if (pos + ENTRY_BYTES > bytes || view.getUint32(pos, true) !== ENTRY) throw new Error(`entry ${n + 1} of the directory is damaged`);
    const nameBytes = view.getUint16(pos + 28, true);
    const extraBytes = view.getUint16(pos + 30, true);
    const next = pos + ENTRY_BYTES + nameBytes + extraBytes + view.getUint16(pos + 32, true);
    if (next > bytes) throw new Error(`entry ${n + 1} of the directory is damaged`);
    entries.push(entryAt(view, pos, nameBytes, extraBytes));
    pos = next;
  }
  return entries;
}

function entryAt(view: DataView, pos: number, nameBytes: number, extraBytes: number): Entry {
  const short = { plainBytes: view.getUint32(pos + 24, true), bytes: view.getUint32(pos + 20, true), at: view.getUint32(pos + 42, true) };
  const extra = pos + ENTRY_BYTES + nameBytes;
  return {
    name: Buffer.from(view.buffer, view.byteOffset + pos + ENTRY_BYTES, nameBytes).toString('utf8'),
    encrypted: (view.getUint16(pos + 8, true) & 1) === 1,
    method: view.getUint16(pos + 10, true),
    crc32: view.getUint32(pos + 16, true),
    ...large(view, extra, extra + extraBytes, short),
  };
}

/** The extra field of the large form holds, in this order, only those numbers that did not fit. */
function large<T extends Readonly<{ plainBytes: number; bytes: number; at: number }>>(
  view: DataView,
  from: number,
  to: number,
  short: T,
): T {
  if (short.plainBytes !== FULL_32 && short.bytes !== FULL_32 && short.at !== FULL_32) return short;
  for (let pos = from; pos + 4 <= to; pos += 4 + view.getUint16(pos + 2, true)) {
    if (view.getUint16(pos, true) !== 1) continue;
    let field = pos + 4;
    const next = (value: number): number => {
      if (value !== FULL_32) return value;
      if (field + 8 > to) throw new Error('an entry of the large form lacks its lengths');
      field += 8;
      return whole64(view, field - 8);
    };
    const plainBytes = next(short.plainBytes);
    const bytes = next(short.bytes);
    return { ...short, plainBytes, bytes, at: next(short.at) };
  }
  throw new Error('an entry of the large form lacks its lengths');
}

function whole64(view: DataView, at: number): number {
  const value = view.getBigUint64(at, true);
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Error('a length in the archive is larger than any file');
  return Number(value);
}

async function bytesAt(handle: FileHandle, size: number, at: number, bytes: number): Promise<DataView> {
  if (at < 0 || at + bytes > size) throw new Error('the archive points beyond its own end: the file is not whole');
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await handle.read(buffer, 0, bytes, at);
  if (bytesRead !== bytes) throw new Error('the archive ends early: the file is not whole');
  return new DataView(buffer.buffer, buffer.byteOffset, bytes);
}
