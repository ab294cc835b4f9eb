// The door of a running desk over its real socket: what it answers, what it refuses, and that nothing a client does can hurt it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { nodeProcesses } from '../files/lock.ts';
import { askDesk, askSocket, runningDesks, type WatchEvents, watchSocket } from './client.ts';
import { LONGEST_PATH, runFilePath } from './place.ts';
import type { Answered, Asked, ControlDesk, WatchPeer } from './port.ts';
import { type Control, type ControlLimits, openControl } from './server.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function newHome(name = 'retrace-control-'): string {
  const home = mkdtempSync(join(tmpdir(), name));
  cleanups.push(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

class DeskDouble {
  asked: Asked[] = [];
  stopped: string[] = [];
  answer: (asked: Asked) => Promise<Answered> = async () => ({ seq: 7, ok: true, why: '', numbers: [], address: '7.0', durable: true });
  /** Those who watch, and what each said; null: nobody may. */
  watchers: { peer: WatchPeer; said: string[]; drained: number; closed: number }[] | null = [];
  readonly handler: ControlDesk = {
    watch: (peer) => {
      if (this.watchers === null) return null;
      const one = { peer, said: [] as string[], drained: 0, closed: 0 };
      this.watchers.push(one);
      peer.send(`["welcome"]`);
      return {
        message: (text) => void one.said.push(text),
        drained: () => void one.drained++,
        closed: () => void one.closed++,
      };
    },
    status: () => ({ desk: 'd', equity: 12_345_678_901_234_567_890n, text: 'ünïcode\nline' }),
    health: () => ({ live: true, ready: false, reasons: ['no feed'] }),
    stop: (how) => void this.stopped.push(how),
    command: (asked) => {
      this.asked.push(asked);
      return this.answer(asked);
    },
  };
}

async function opened({ home = newHome(), desk = 'd', limits = {} as Partial<ControlLimits> } = {}) {
  const double = new DeskDouble();
  const control = await openControl({
    home,
    desk,
    handler: double.handler,
    about: { build: 'b', journal: '/j', breaker: null },
    limits,
  });
  cleanups.push(() => control.close());
  return { home, desk, double, control };
}

/** A client that says what it likes, and hears lines. */
class Raw {
  readonly socket: Socket;
  heard = '';
  closed = false;
  #wake: () => void = () => {};

  constructor({ path }: Control, reads = true) {
    this.socket = createConnection({ path });
    this.socket.on('error', () => {});
    const heard = (part: Buffer) => {
      this.heard += part.toString();
      this.#wake();
    };
    if (reads) this.socket.on('data', heard);
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
    cleanups.push(() => this.socket.destroy());
  }

  get lines(): Record<string, unknown>[] {
    return this.heard
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }
}

const PAUSE = { do: 'command', key: 'k', by: 'me', sawSeq: 41, command: { do: 'Pause', strategy: 'ema' } } as const;

describe('asking', () => {
  test('status, health, about, a command, a stop', async () => {
    const { home, desk, double, control } = await opened();
    const where = { home, desk };
    expect(await askDesk(where, { do: 'status' }, 1000)).toEqual({ desk: 'd', equity: '12345678901234567890', text: 'ünïcode\nline' });
    expect(await askDesk(where, { do: 'health' }, 1000)).toEqual({ live: true, ready: false, reasons: ['no feed'] });
    expect(await askDesk(where, { do: 'about' }, 1000)).toEqual(control.file);
    const asked = { key: 'k', by: 'me', sawSeq: null, command: { do: 'Reset', account: 'a' as never, cash: 10n ** 20n } } as const;
    expect(await askDesk(where, { do: 'command', ...asked }, 1000)).toMatchObject({ seq: 7, ok: true, address: '7.0' });
    expect(double.asked).toEqual([asked]);
    expect(await askDesk(where, { do: 'stop', how: 'graceful' }, 1000)).toBeNull();
    expect(double.stopped).toEqual(['graceful']);
  });

  test('many requests on one connection are answered in order, also when the handler is slow and the client has hung up half', async () => {
    const { control, double } = await opened();
    double.answer = async ({ key }) => {
      await new Promise((resolve) => setTimeout(resolve, key === '0' ? 40 : 1));
      return { seq: Number(key), ok: true, why: '', numbers: [], address: null, durable: true };
    };
    const client = new Raw(control);
    const lines = Array.from({ length: 50 }, (_, index) => JSON.stringify({ ...PAUSE, id: index, key: String(index) }));
    client.socket.end(`${lines.join('\n')}\n`);
    await client.until(() => client.closed);
    expect(client.lines.map(({ id }) => id)).toEqual(lines.map((_, index) => index));
  });

  test('a hundred clients at once', async () => {
    const { home, desk } = await opened({ limits: { mostClients: 200 } });
    const answers = await Promise.all(Array.from({ length: 100 }, () => askDesk({ home, desk }, { do: 'health' }, 5000)));
    expect(new Set(answers.map(({ live }) => live))).toEqual(new Set([true]));
  });

  test('what the handler throws is told by its name, and the connection goes on', async () => {
    const { home, desk, double } = await opened();
    double.answer = async () => {
      throw Object.assign(new Error('it stopped'), { name: 'SequencerHalted' });
    };
    await expect(askDesk({ home, desk }, PAUSE as never, 1000)).rejects.toMatchObject({ name: 'DeskRefused', reason: 'SequencerHalted' });
    expect(await askDesk({ home, desk }, { do: 'health' }, 1000)).toMatchObject({ live: true });
  });
});

describe('what is no request', () => {
  test.each([
    ['text', 'hello\n', 'BadRequest', 'the line is no JSON'],
    ['a list', '[1]\n', 'BadRequest', 'the line is no JSON object'],
    ['nothing', '\n', 'BadRequest', 'the line is no JSON'],
    ['no id', '{"do":"status"}\n', 'BadRequest', 'id: a text of 1 to 64 characters or a whole number is needed'],
    ['another verb', '{"id":1,"do":"dance"}\n', 'BadRequest', 'do: "dance" is not one of status, health, about, watch, stop, command'],
    ['a field too many', '{"id":1,"do":"status","x":1}\n', 'BadRequest', 'x: no such field'],
    ['a stop without how', '{"id":1,"do":"stop"}\n', 'BadRequest', 'how: nothing is neither graceful nor forced'],
    ['a command without a key', '{"id":1,"do":"command","by":"me"}\n', 'BadRequest', 'key: a text of 1 to 200 characters is needed'],
    ['no command', '{"id":1,"do":"command","key":"k","by":"me"}\n', 'BadRequest', 'command: an object is needed'],
    ['an unknown command', command({ do: 'Buy' }), 'BadRequest', 'command: do: "Buy" is no command'],
    [
      'a bad scope',
      command({ do: 'Arm', scope: 'world', of: '' }),
      'BadRequest',
      'command: scope: "world" is not one of global, account, strategy, instrument',
    ],
    ['a bad name', command({ do: 'Pause', strategy: 'a b' }), 'BadRequest', /^StrategyId: "a b" is not a name/],
    ['a bad order', command({ do: 'CancelOrder', order: 'x' }), 'BadRequest', /^OrderId: "x" is not an address/],
    [
      'a bad cash',
      command({ do: 'Reset', account: 'a', cash: '-1' }),
      'BadRequest',
      'command: cash: "-1" is not whole minor units as text',
    ],
    ['a half number', command({ do: 'Disarm', killedAt: 1.5 }), 'BadRequest', /^Seq: 1.5 is not a whole number/],
    ['bytes that are no text', Buffer.from([0xff, 0xfe, 10]), 'NotText', 'a line is text in UTF-8'],
  ])('%s', async (_, said, name, message) => {
    const { control, double } = await opened();
    const client = new Raw(control);
    client.socket.write(said);
    await client.until(() => client.closed);
    expect(client.lines).toHaveLength(1);
    const [{ ok, error }] = client.lines as [{ ok: boolean; error: { name: string; message: string } }];
    expect({ ok, name: error.name }).toEqual({ ok: false, name });
    expect(error.message).toMatch(message instanceof RegExp ? message : message.replace(/^/, ''));
    expect(double.asked).toEqual([]);
  });

  function command(inner: object): string {
    return `${JSON.stringify({ id: 1, do: 'command', key: 'k', by: 'me', sawSeq: null, command: inner })}\n`;
  }

  test('a line of 10 MB is refused at its bound, and told', async () => {
    const { control, home, desk } = await opened();
    const client = new Raw(control);
    client.socket.write('x'.repeat(10 * 2 ** 20));
    await client.until(() => client.closed);
    expect(client.lines).toEqual([{ id: null, ok: false, error: { name: 'LineTooLong', message: 'a line has at most 1048576 bytes' } }]);
    expect(await askDesk({ home, desk }, { do: 'health' }, 1000)).toMatchObject({ live: true });
  });

  test('a line without an end, and one that comes too slowly', async () => {
    const { control } = await opened({ limits: { lineMs: 60 } });
    const cut = new Raw(control);
    cut.socket.end('{"id":1,"do":"sta');
    await cut.until(() => cut.closed);
    expect(cut.lines).toMatchObject([{ ok: false, error: { name: 'LineCut' } }]);
    const slow = new Raw(control);
    const drip = setInterval(() => slow.socket.write(' '), 5);
    await slow.until(() => slow.closed);
    clearInterval(drip);
    expect(slow.lines).toMatchObject([{ ok: false, error: { name: 'LineTooSlow' } }]);
  });

  test('a client that says nothing is hung up on; one that comes in halves is heard', async () => {
    const { control } = await opened({ limits: { idleMs: 60 } });
    const idle = new Raw(control);
    await idle.until(() => idle.closed);
    expect(idle.heard).toBe('');
    const halves = new Raw(control);
    for (const part of ['{"id":"a","d', 'o":"hea', 'lth"}\n']) {
      halves.socket.write(part);
      await new Promise((resolve) => setTimeout(resolve, 15));
    }
    await halves.until(() => halves.lines.length > 0);
    expect(halves.lines).toMatchObject([{ id: 'a', ok: true }]);
  });

  test('clients that vanish at any moment, or never read, hurt nobody', async () => {
    const { control, home, desk, double } = await opened({ limits: { answerMs: 100 } });
    double.answer = () => new Promise(() => {});
    const gone = [new Raw(control), new Raw(control), new Raw(control)];
    gone[0]!.socket.write('{"id":1,');
    gone[1]!.socket.write(`${JSON.stringify({ id: 1, ...PAUSE })}\n`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    for (const { socket } of gone) socket.destroy();
    const deaf = new Raw(control, false);
    deaf.socket.write('{"id":1,"do":"status"}\n'.repeat(40_000));
    await deaf.until(() => deaf.closed).catch(() => {});
    expect(await askDesk({ home, desk }, { do: 'health' }, 1000)).toMatchObject({ live: true });
  });

  test('more clients than are served are told so', async () => {
    const { control } = await opened({ limits: { mostClients: 2 } });
    const clients = [new Raw(control), new Raw(control)];
    await Promise.all(
      clients.map(async (client) => client.socket.write('{"id":1,"do":"health"}\n') && client.until(() => client.heard !== '')),
    );
    const third = new Raw(control);
    await third.until(() => third.closed);
    expect(third.lines).toMatchObject([{ ok: false, error: { name: 'TooManyClients' } }]);
  });

  test('a desk that answers too late is said to be late', async () => {
    const { home, desk, double } = await opened({ limits: { answerMs: 30 } });
    double.answer = () => new Promise(() => {});
    await expect(askDesk({ home, desk }, PAUSE as never, 1000)).rejects.toMatchObject({ name: 'DeskRefused', reason: 'AnswerLate' });
    const { control, double: other } = await opened();
    other.answer = () => new Promise(() => {});
    await expect(askSocket(control.path, PAUSE as never, 50)).rejects.toMatchObject({ name: 'DeskSilent' });
  });
});

describe('where a desk is', () => {
  test('its file tells process, sockets, build and journal; folder and socket are nobody else’s; all is gone when it closes', async () => {
    const { home, desk, control } = await opened();
    const file = JSON.parse(readFileSync(runFilePath(home, desk), 'utf8'));
    expect(file).toEqual({
      ...control.file,
      pid: process.pid,
      build: 'b',
      journal: '/j',
      sockets: { control: control.path, breaker: null },
    });
    expect(statSync(join(home, 'run')).mode & 0o777).toBe(0o700);
    expect(statSync(control.path).mode & 0o777).toBe(0o600);
    expect((await runningDesks(home)).map(({ desk: name }) => name)).toEqual(['d']);
    await control.close();
    expect(readdirSync(join(home, 'run'))).toEqual([]);
    await expect(askDesk({ home, desk: null }, { do: 'health' }, 100)).rejects.toMatchObject({
      name: 'NoDeskRuns',
      looked: join(home, 'run'),
    });
  });

  test('several desks are told apart by name', async () => {
    const { home } = await opened({ desk: 'one' });
    await opened({ home, desk: 'two/three:4' });
    await expect(askDesk({ home, desk: null }, { do: 'health' }, 100)).rejects.toMatchObject({
      name: 'SeveralDesks',
      desks: ['one', 'two/three:4'],
    });
    expect(await askDesk({ home, desk: 'two/three:4' }, { do: 'about' }, 1000)).toMatchObject({ desk: 'two/three:4' });
    await expect(askDesk({ home, desk: 'four' }, { do: 'health' }, 100)).rejects.toMatchObject({
      name: 'NoDeskRuns',
      others: ['one', 'two/three:4'],
    });
  });

  test('a second server of one desk is refused by name', async () => {
    const { home, desk } = await opened();
    await expect(opened({ home, desk })).rejects.toMatchObject({ name: 'DeskRunning' });
    expect(await askDesk({ home, desk }, { do: 'health' }, 1000)).toMatchObject({ live: true });
  });

  test('of several that start at once behind a dead one, one is the desk', async () => {
    const home = newHome();
    leave(home, deadPid());
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => opened({ home })));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ name: 'DeskRunning' });
    expect(await askDesk({ home, desk: 'd' }, { do: 'health' }, 1000)).toMatchObject({ live: true });
  });

  test('the turn of one that died while it took over is over', async () => {
    const home = newHome();
    leave(home, deadPid());
    writeFileSync(`${runFilePath(home, 'd')}.taking`, JSON.stringify({ ...nodeProcesses.self(), pid: deadPid() }));
    const { control } = await opened({ home });
    expect(await runningDesks(home)).toEqual([control.file]);
    expect(readdirSync(join(home, 'run')).sort()).toEqual(['d.json', 'd.sock']);
  });

  test.each([
    ['of a dead process', (home: string) => leave(home, deadPid())],
    ['of a process number that another has now', (home: string) => leave(home, process.pid, 'another start')],
    ['of another machine, whose socket takes nobody', (home: string) => leave(home, 1, '', 'elsewhere')],
    ['cut off in the middle', (home: string) => leave(home, 1, '', 'elsewhere', 20)],
  ])('a file %s is replaced', async (_, before) => {
    const home = newHome();
    before(home);
    expect(await runningDesks(home)).toEqual([]);
    const { control } = await opened({ home });
    expect(await runningDesks(home)).toEqual([control.file]);
    expect(readdirSync(join(home, 'run')).sort()).toEqual(['d.json', 'd.sock']);
  });

  test('where a name would be too long for the kernel the socket lies elsewhere, and the file says where', async () => {
    const home = join(newHome(), 'x'.repeat(90));
    const { control, desk } = await opened({ home });
    expect(Buffer.byteLength(control.path)).toBeLessThanOrEqual(LONGEST_PATH);
    expect(control.path.startsWith(home)).toBe(false);
    expect(await askDesk({ home, desk }, { do: 'health' }, 1000)).toMatchObject({ live: true });
    await control.close();
    expect(existsSync(control.path)).toBe(false);
  });

  function deadPid(): number {
    return spawnSync(process.execPath, ['-e', '']).pid;
  }

  function leave(home: string, pid: number, started = 'then', host = nodeProcesses.self().host, cut = Infinity): void {
    mkdirSync(join(home, 'run'), { recursive: true });
    const socket = join(home, 'run', 'd.sock');
    const file = { desk: 'd', pid, started, host, since: '', sockets: { control: socket, breaker: null }, build: 'b', journal: '/j' };
    writeFileSync(runFilePath(home, 'd'), JSON.stringify(file).slice(0, cut));
    spawnSync(process.execPath, [
      '-e',
      `require('net').createServer().listen(${JSON.stringify(socket)}, () => process.kill(process.pid, 9))`,
    ]);
    expect(existsSync(socket)).toBe(true);
  }
});

test('a desk that closes answers what it was asked', async () => {
  const { control, double } = await opened();
  let finish = (_: Answered) => {};
  double.answer = () => new Promise((resolve) => (finish = resolve));
  const idle = new Raw(control);
  const asking = askSocket(control.path, PAUSE as never, 2000);
  while (double.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  const closing = control.close();
  await idle.until(() => idle.closed);
  finish({ seq: 9, ok: true, why: '', numbers: [], address: '9.0', durable: true });
  expect(await asking).toMatchObject({ seq: 9 });
  await closing;
});

describe('watching', () => {
  const until = async (holds: () => boolean): Promise<void> => {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 2));
  };

  function watching({ path }: Control, over: Partial<WatchEvents> = {}) {
    const heard: string[] = [];
    const ended: Error[] = [];
    const line = watchSocket(path, { heard: (text) => heard.push(text), closed: (why) => ended.push(why), ...over }, 2_000);
    cleanups.push(() => line.close());
    return { ...line, heard, ended };
  }

  test('the answer comes first, then each side’s lines in order and whole, whatever their size', async () => {
    const { control, double } = await opened();
    const client = watching(control);
    await until(() => client.heard.length > 0);
    const { peer, said } = double.watchers![0]!;
    const lines = Array.from({ length: 400 }, (_, n) => JSON.stringify([n, 'ü'.repeat((n * 37) % 3_000)]));
    for (const [n, line] of lines.entries()) {
      while (peer.send(n % 2 === 0 ? line : Buffer.from(line)) === 'dropped') await new Promise((resolve) => setTimeout(resolve, 1));
      client.send(`{"n":${n}}`);
    }
    await until(() => client.heard.length > lines.length && said.length === lines.length);
    expect(client.heard).toEqual(['["welcome"]', ...lines]);
    expect(said).toEqual(lines.map((_, n) => `{"n":${n}}`));
    const raw = new Raw(control);
    raw.socket.write('{"id":"w","do":"watch"}\n');
    await raw.until(() => raw.lines.length === 2);
    expect(raw.lines).toEqual([{ id: 'w', ok: true, answer: null }, ['welcome']]);
  });

  test('a desk that tells nobody says so, and goes on answering others', async () => {
    const { control, double, home, desk } = await opened();
    double.watchers = null;
    const client = watching(control);
    await until(() => client.ended.length > 0);
    expect(client.ended).toMatchObject([{ name: 'DeskRefused', reason: 'NotWatched', message: expect.stringContaining('--no-dashboard') }]);
    expect(await askDesk({ home, desk }, { do: 'health' }, 1000)).toMatchObject({ live: true });
  });

  test('one that never reads is sent no more than its bound, costs the others nothing, and is let go', async () => {
    const { control, double } = await opened({ limits: { unsentBytes: 64 * 1024, stuckMs: 3_000 } });
    const deaf = new Raw(control, false);
    deaf.socket.write('{"id":1,"do":"watch"}\n');
    await until(() => double.watchers!.length === 1);
    const reader = watching(control);
    await until(() => double.watchers!.length === 2);
    const [unread, read] = double.watchers!.map(({ peer }) => peer) as [WatchPeer, WatchPeer];
    const outcomes = new Set<string>();
    const frame = JSON.stringify(['x'.repeat(4_000)]);
    for (let n = 0; n < 500; n += 1) {
      outcomes.add(unread.send(frame));
      expect(unread.bufferedBytes).toBeLessThanOrEqual(64 * 1024);
      while (read.send(frame) === 'dropped') await new Promise((resolve) => setTimeout(resolve, 1));
    }
    expect([...outcomes].sort()).toEqual(['dropped', 'queued', 'sent']);
    await until(() => reader.heard.length === 501);
    await until(() => !unread.open);
    expect(double.watchers![0]).toMatchObject({ drained: 0, closed: 1 });
    expect(unread.send(frame)).toBe('dropped');
    expect(read.open).toBe(true);
  });

  test('one that reads late is told that all has left, and is not let go', async () => {
    const { control, double } = await opened({ limits: { unsentBytes: 2 ** 20, stuckMs: 5_000 } });
    const slow = new Raw(control, false);
    slow.socket.write('{"id":1,"do":"watch"}\n');
    await until(() => double.watchers!.length === 1);
    const one = double.watchers![0]!;
    while (one.peer.send(JSON.stringify(['x'.repeat(10_000)])) !== 'dropped');
    expect(one.drained).toBe(0);
    slow.socket.resume();
    await until(() => one.drained === 1);
    expect([one.peer.bufferedBytes, one.peer.open, one.closed]).toEqual([0, true, 0]);
  });

  test('ended by the desk it is told why; ended by the watcher, or by its death, the desk is told, once', async () => {
    const { control, double } = await opened();
    const clients = [watching(control), watching(control), watching(control)];
    await until(() => clients.every(({ heard }) => heard.length === 1));
    double.watchers![0]!.peer.close('the desk stops');
    double.watchers![0]!.peer.close('again');
    await until(() => clients[0]!.ended.length > 0);
    expect(clients[0]!.ended).toMatchObject([{ name: 'WatchEnded', message: 'the desk stops' }]);
    clients[1]!.close();
    await until(() => double.watchers![1]!.closed === 1);
    expect(clients[1]!.ended).toEqual([]);
    await control.close();
    await until(() => clients[2]!.ended.length > 0);
    expect(clients[2]!.ended).toMatchObject([{ name: 'WatchEnded' }]);
    expect(double.watchers!.map(({ closed }) => closed)).toEqual([1, 1, 1]);
  });

  test('a watcher may be silent for as long as it likes; a line of it that is too long ends it, by name', async () => {
    const { control, double } = await opened({ limits: { idleMs: 50, watchLineBytes: 1_000 } });
    const client = watching(control);
    await until(() => client.heard.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    client.send('"still here"');
    await until(() => double.watchers![0]!.said.length === 1);
    client.send('x'.repeat(1_001));
    await until(() => client.ended.length > 0);
    expect(client.ended).toMatchObject([{ name: 'WatchEnded', message: 'a line has at most 1000 bytes' }]);
    expect(double.watchers![0]).toMatchObject({ said: ['"still here"'], closed: 1 });
  });

  test('watchers beyond their number are refused, and commands are still taken', async () => {
    const { control, double, home, desk } = await opened({ limits: { mostWatchers: 3, mostClients: 8 } });
    const clients = Array.from({ length: 4 }, () => watching(control));
    await until(() => clients.some(({ ended }) => ended.length > 0));
    expect(clients.flatMap(({ ended }) => ended)).toMatchObject([{ name: 'DeskRefused', reason: 'TooManyWatchers' }]);
    await askDesk({ home, desk }, PAUSE as never, 1000);
    expect(double.asked).toHaveLength(1);
    clients.find(({ ended }) => ended.length === 0)!.close();
    await until(() => double.watchers!.some(({ closed }) => closed === 1));
    const next = watching(control);
    await until(() => next.heard.length === 1);
  });

  test('what fails in the desk while it takes a watcher, or hears one, ends that watcher alone', async () => {
    const { control, double, home, desk } = await opened();
    const { watch } = double.handler;
    Object.assign(double.handler, {
      watch: () => {
        throw new Error('no room');
      },
    });
    const refused = watching(control);
    await until(() => refused.ended.length > 0);
    expect(refused.ended[0]!.message).toContain('no room');
    Object.assign(double.handler, {
      watch: (peer: WatchPeer) => ({
        ...watch(peer)!,
        message: () => {
          throw new Error('not understood');
        },
      }),
    });
    const heard = watching(control);
    await until(() => heard.heard.length > 0);
    heard.send('{}');
    await until(() => heard.ended.length > 0);
    expect(heard.ended).toMatchObject([{ name: 'WatchEnded', message: 'not understood' }]);
    expect(await askDesk({ home, desk }, { do: 'health' }, 1000)).toMatchObject({ live: true });
  });
});
