/**
 * The latch of a kill and its records in `<home>/breaker/<desk>/`. `killed.json` there IS the latch: whatever it holds, torn, empty or
 * unreadable too, means KILLED. It is durable before the first cancel goes out, and leaves only by `lift`, which keeps it by another name.
 */
import { createHash, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Command } from '#engine/inputs.ts';
import type { AccountId, ClientOrderId, InstrumentId, Side, TimeUs } from '#engine/values.ts';
import type { Disk } from '../files/disk.ts';

/** An order as the breaker must be able to cancel it; told before it is sent. */
export type Registration = Readonly<{
  account: AccountId;
  clientId: ClientOrderId;
  /** Null until the venue named it; register again when it has. */
  venueId: string | null;
  instrument: InstrumentId;
  /** The venue acts on no request for it after this. */
  validUntil: TimeUs;
}>;

export type KillAsked = Readonly<{ by: string; why: string; flatten: boolean }>;
export type KillRecord = KillAsked & Readonly<{ id: string; at: TimeUs; orders: readonly Registration[] }>;

/** `record: null`: the latch holds, and `trouble` says why its contents cannot be read. */
export type Latch = Readonly<{ id: string; record: KillRecord | null; trouble: string | null }>;

/** What became of asking for the latch. `durable: false`: it may not survive a power cut, and `trouble` says why. */
export type Latched = Readonly<{ id: string; first: boolean; durable: boolean; trouble: string | null }>;

/** An order that closes a position in an emergency: written here before it is sent, again before it is sent again. */
export type EmergencyOrder = Readonly<{
  clientId: ClientOrderId;
  account: AccountId;
  instrument: InstrumentId;
  side: Side;
  lots: number;
  attempt: number;
  at: TimeUs;
  until: TimeUs;
}>;

/** What a desk that starts again enters as its first inputs: the body of a CommandGiven. The same key twice is answered 'repeated'. */
export type RestartEntry = Readonly<{ key: string; by: string; sawSeq: null; command: Extract<Command, { do: 'Kill' }> }>;

/** The latch that is to be lifted is another one, or none. */
export class NotThatKill extends Error {
  override name = 'NotThatKill';
}

const LATCH = 'killed.json';
const ASKED_BY_FILE = 'KILL';
const LONGEST_TEXT = 200;

/** A desk's name may hold what a file's name may not. */
export const breakerFolder = (home: string, desk: string): string => join(home, 'breaker', encodeURIComponent(desk));

/** Before every send. One stat, about a microsecond; whatever hinders it means KILLED. */
export function isKilled(folder: string): boolean {
  try {
    return statSync(`${folder}/${LATCH}`, { throwIfNoEntry: false }) !== undefined;
  } catch {
    return true;
  }
}

export const killKey = (id: string): string => `breaker:${id}`;
export const newKillId = (atUs: number): string => `k${Math.floor(atUs / 1000).toString(36)}-${randomBytes(4).toString('hex')}`;

/** What others typed, sent or left in a file, made fit for a journal and a screen. */
export function askedOf(by: string, given: unknown): KillAsked {
  const asked = (typeof given === 'object' && given !== null ? given : {}) as Partial<Record<keyof KillAsked, unknown>>;
  return { by: tidy(asked.by) || by, why: tidy(asked.why) || 'no reason given', flatten: asked.flatten === true };
}

const tidy = (value: unknown): string =>
  typeof value === 'string'
    ? value
        .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
        .trim()
        .slice(0, LONGEST_TEXT)
    : '';

export class SideFile {
  readonly folder: string;
  readonly #disk: Disk;

  constructor(disk: Disk, folder: string) {
    this.#disk = disk;
    this.folder = folder;
  }

  /** Null: not killed. */
  async read(): Promise<Latch | null> {
    let text: string | null;
    try {
      text = await this.#disk.readText(this.#path(LATCH));
    } catch (error) {
      return { id: 'unreadable', record: null, trouble: `the latch cannot be read (${reasonOf(error)}): it counts as killed` };
    }
    if (text === null) return null;
    const record = recordIn(text);
    if (record !== null) return { id: record.id, record, trouble: null };
    const id = `torn-${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    return {
      id,
      record: null,
      trouble: text === '' ? 'the latch is empty: it counts as killed' : 'the latch is torn: it counts as killed',
    };
  }

  /** Makes the folder, finishes a latch that was begun and cut off, and takes a KILL file that was left while nobody looked. */
  async prepare(atUs: TimeUs): Promise<Latch | null> {
    await this.#makeFolder();
    for (const name of await this.#disk.list(this.folder)) {
      if (!/^killed\..*\.next$/.test(name)) continue;
      if ((await this.read()) === null) await this.#name(this.#path(name));
      await this.#disk.remove(this.#path(name));
      await this.#disk.syncFolder(this.folder);
    }
    const left = await this.askedByFile();
    if (left !== null) await this.putAsideAsked((await this.latch({ ...left, id: newKillId(atUs), at: atUs, orders: [] })).id);
    return this.read();
  }

  /** The latch, durable when this resolves, unless it says otherwise. Never throws: whoever kills goes on to cancel. A latch that is there stays. */
  async latch(record: KillRecord): Promise<Latched> {
    const before = await this.read();
    if (before !== null) return { id: before.id, first: false, durable: true, trouble: before.trouble };
    try {
      await this.#makeFolder();
      const next = this.#path(`killed.${record.id}.next`);
      await this.#append(next, `${JSON.stringify(record)}\n`);
      const first = await this.#name(next);
      await this.#disk.syncFolder(this.folder);
      await this.#disk.remove(next).catch(() => {}); // a leftover name of the same file hurts nobody
      const kept = first ? null : await this.read();
      return { id: kept?.id ?? record.id, first, durable: true, trouble: kept?.trouble ?? null };
    } catch (error) {
      return this.#latchEmpty(record.id, reasonOf(error));
    }
  }

  /** On a disk without room for contents a name may still fit, and an empty latch holds like any other. */
  async #latchEmpty(id: string, why: string): Promise<Latched> {
    try {
      const first = await this.#disk.createExclusive(this.#path(LATCH), '');
      await this.#disk.syncFolder(this.folder);
      const held = await this.read();
      return { id: held?.id ?? id, first, durable: true, trouble: `the latch holds but could not be filled in: ${why}` };
    } catch (error) {
      return { id, first: true, durable: false, trouble: `the latch is not durable: ${why}; and without contents: ${reasonOf(error)}` };
    }
  }

  /** Inputs a restarting desk enters before anything else; none when it is not killed. */
  async entries(): Promise<readonly RestartEntry[]> {
    const latch = await this.read();
    if (latch === null) return [];
    const { by, why } = latch.record ?? { by: 'breaker', why: latch.trouble! };
    return [{ key: killKey(latch.id), by, sawSeq: null, command: { do: 'Kill', why } }];
  }

  /** After the disarm ceremony. The record stays as `lifted-<id>.json`. */
  async lift(id: string): Promise<void> {
    const latch = await this.read();
    if (latch === null) throw new NotThatKill('nothing is killed: there is no latch to lift');
    if (latch.id !== id) throw new NotThatKill(`the latch is that of kill ${latch.id}, not of ${id}`);
    await this.#disk.rename(this.#path(LATCH), this.#path(`lifted-${id}.json`));
    await this.#disk.syncFolder(this.folder);
  }

  /** Durable when it resolves; throws when it cannot be, and then the order must not be sent. */
  async recordOrder(id: string, order: EmergencyOrder): Promise<void> {
    const path = this.#path(`orders-${id}.ndjson`);
    const before = await this.#disk.readText(path);
    const cut = before !== null && before !== '' && !before.endsWith('\n'); // a torn line was never sent: it stays, on a line of its own
    await this.#append(path, `${cut ? '\n' : ''}${JSON.stringify(order)}\n`);
    if (before === null) await this.#disk.syncFolder(this.folder);
  }

  /** Emergency orders of a kill, as often as each was sent, oldest first. */
  async orders(id: string): Promise<readonly EmergencyOrder[]> {
    const text = await this.#disk.readText(this.#path(`orders-${id}.ndjson`));
    return (text ?? '').split('\n').flatMap((line) => {
      const order = jsonIn(line) as EmergencyOrder | null;
      return order !== null && typeof order.clientId === 'string' && typeof order.until === 'number' ? [order] : [];
    });
  }

  /** What a kill came to. Until it is there a restarted breaker goes on cancelling. */
  async finish(id: string, report: Readonly<Record<string, unknown>>): Promise<void> {
    const next = this.#path(`done-${id}.next`);
    await this.#disk.remove(next);
    await this.#append(next, `${JSON.stringify(report)}\n`);
    await this.#disk.rename(next, this.#path(`done-${id}.json`));
    await this.#disk.syncFolder(this.folder);
  }

  async finished(id: string): Promise<boolean> {
    return (await this.#disk.readText(this.#path(`done-${id}.json`))) !== null;
  }

  /** The kill somebody asked for by a file named KILL, whose text is the reason. It stays until it is latched. */
  async askedByFile(): Promise<KillAsked | null> {
    const text = await this.#disk.readText(this.#path(ASKED_BY_FILE)).catch(() => ''); // there, and unreadable: asked all the same
    return text === null ? null : askedOf('file', { why: text || 'the file KILL appeared' });
  }

  /** So that it kills once. False when it cannot be moved. */
  async putAsideAsked(id: string): Promise<boolean> {
    return this.#disk.rename(this.#path(ASKED_BY_FILE), this.#path(`asked-${id}.txt`)).catch(() => false);
  }

  /** False when a latch was there before. */
  async #name(next: string): Promise<boolean> {
    const path = this.#path(LATCH);
    if ((await this.#disk.readText(path)) !== null) return false;
    try {
      return await this.#disk.link(next, path); // of two kills at the same moment the first keeps its number
    } catch {
      await this.#disk.rename(next, path); // a file system without links
      return true;
    }
  }

  async #append(path: string, text: string): Promise<void> {
    const file = await this.#disk.open(path, 'append');
    try {
      await file.append(new TextEncoder().encode(text));
      await file.sync();
    } finally {
      await file.close();
    }
  }

  /** One level at a time: making a folder syncs only the one above the first it makes. */
  async #makeFolder(): Promise<void> {
    for (const folder of [dirname(dirname(this.folder)), dirname(this.folder), this.folder]) await this.#disk.makeFolder(folder);
  }

  #path(name: string): string {
    return `${this.folder}/${name}`;
  }
}

function recordIn(text: string): KillRecord | null {
  const record = jsonIn(text) as Partial<KillRecord> | null;
  const whole =
    typeof record === 'object' &&
    record !== null &&
    typeof record.id === 'string' &&
    /^[a-z0-9-]{1,60}$/.test(record.id) && // it becomes part of file names
    Number.isSafeInteger(record.at) &&
    typeof record.by === 'string' &&
    typeof record.why === 'string' &&
    typeof record.flatten === 'boolean' &&
    Array.isArray(record.orders) &&
    record.orders.every(isRegistration);
  return whole ? (record as KillRecord) : null;
}

export function isRegistration(value: unknown): value is Registration {
  const order = value as Partial<Registration> | null;
  return (
    typeof order === 'object' &&
    order !== null &&
    [order.account, order.clientId, order.instrument].every((text) => typeof text === 'string') &&
    (order.venueId === null || typeof order.venueId === 'string') &&
    Number.isSafeInteger(order.validUntil)
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
