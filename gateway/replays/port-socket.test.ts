// The socket of a viewer in another thread keeps what every socket promises: in order, bounded, drained, closed once. Over real message ports.
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import fc from 'fast-check';
import { afterEach, expect, test } from 'vitest';
import type { Sent, Socket, SocketListener } from '../transport/server.ts';
import { GONE, type Line, portListener, portSocket } from './port-socket.ts';

const LIMIT = 1000;
const open: { close: () => void }[] = [];
afterEach(() => {
  for (const port of open.splice(0)) port.close();
});

/** A peer's socket, as a server has it: what it does not read waits, and no more than so much. */
class Peer implements Socket {
  readonly remote = '127.0.0.1';
  readonly topics: readonly string[] = [];
  open = true;
  reads = true;
  most = 0;
  readonly received: string[] = [];
  readonly closed: [number, string][] = [];
  listener: SocketListener | null = null;
  #queue: Uint8Array[] = [];

  get bufferedBytes(): number {
    return this.#queue.reduce((sum, { length }) => sum + length, 0);
  }

  send(message: Uint8Array | string): Sent {
    const bytes = typeof message === 'string' ? Buffer.from(message) : message;
    if (!this.open || this.bufferedBytes + bytes.length > LIMIT) return 'dropped';
    if (this.reads) {
      this.received.push(Buffer.from(bytes).toString());
      return 'sent';
    }
    this.#queue.push(bytes);
    this.most = Math.max(this.most, this.bufferedBytes);
    return 'queued';
  }

  read(): void {
    this.reads = true;
    if (this.#queue.length === 0) return;
    for (const bytes of this.#queue.splice(0)) this.received.push(Buffer.from(bytes).toString());
    this.listener!.drain(this);
  }

  close(code: number, reason: string): void {
    if (!this.open) return;
    this.open = false;
    this.closed.push([code, reason]);
    this.listener!.close(this, code, reason);
  }
  subscribe(): void {}
  unsubscribe(): void {}
}

function joined(limit = LIMIT) {
  const { port1, port2 } = new MessageChannel();
  open.push(port1, port2);
  const peer = new Peer();
  const { listener, rights } = portListener(port1 as unknown as Line);
  peer.listener = listener;
  listener.open(peer);
  const told: string[] = [];
  const viewer = portSocket(
    port2 as unknown as Line,
    '127.0.0.1',
    limit,
    {
      open: () => told.push('open'),
      message: (_, message) => told.push(`message ${Buffer.from(message).toString()}`),
      drain: () => told.push('drain'),
      missed: () => {},
      close: (_, code, reason) => told.push(`close ${code} ${reason}`),
    },
    (refused) => told.push(`rights ${Object.keys(refused).join()}`),
  );
  return { peer, viewer, told, rights, port1, port2 };
}

/** Until nothing is under way between the ports. */
const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 8; turn++) await sleep(0);
};

test('frames arrive in order, and messages go back', async () => {
  const { peer, viewer, told, rights } = joined();
  for (const text of ['one', 'two', 'three']) expect(viewer.send(Buffer.from(text))).toBe('queued');
  peer.listener!.message(peer, 'asked');
  peer.listener!.message(peer, new Uint8Array([104, 105]));
  rights({ quotes: { reason: 'no', remedy: 'none' } });
  await settled();
  expect(peer.received).toEqual(['one', 'two', 'three']);
  expect(told).toEqual(expect.arrayContaining(['open', 'message asked', 'message hi', 'rights quotes', 'drain']));
  expect(viewer.bufferedBytes).toBe(0);
});

test('the same bytes may be sent to many: each peer has its own', async () => {
  const [one, other] = [joined(), joined()];
  const frame = Buffer.from('shared');
  one.viewer.send(frame);
  other.viewer.send(frame);
  await settled();
  expect([...one.peer.received, ...other.peer.received, frame.toString()]).toEqual(['shared', 'shared', 'shared']);
});

test('whatever the peer reads and leaves, no more waits than its limit, nothing that was taken is lost, and it is told of as drained', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(fc.integer({ min: 1, max: 600 }), fc.constantFrom('stuck' as const, 'read' as const, 'wait' as const)), {
        maxLength: 60,
      }),
      async (steps) => {
        const { peer, viewer, told, port1, port2 } = joined();
        const taken: string[] = [];
        for (const [index, step] of steps.entries()) {
          if (step === 'stuck') peer.reads = false;
          else if (step === 'read') peer.read();
          else if (step === 'wait') await settled();
          else {
            const text = `${index} `.padEnd(step, '.');
            const before = viewer.bufferedBytes;
            const sent = viewer.send(text);
            expect(sent === 'dropped').toBe(before + text.length > LIMIT);
            if (sent !== 'dropped') taken.push(text);
          }
          expect(viewer.bufferedBytes).toBeLessThanOrEqual(LIMIT);
        }
        await settled();
        peer.read();
        await settled();
        expect(peer.received).toEqual(taken);
        expect(peer.most).toBeLessThanOrEqual(LIMIT);
        expect(viewer.bufferedBytes).toBe(0);
        if (taken.length > 0) expect(told).toContain('drain');
        expect(peer.closed).toEqual([]);
        port1.close();
        port2.close();
      },
    ),
    { numRuns: 60 },
  );
});

test('a close is told once to each side, whoever begins, and nothing is sent behind it', async () => {
  const [first, second] = [joined(), joined()];
  first.viewer.close(4001, 'too much');
  expect(first.viewer.send('more')).toBe('dropped');
  second.peer.close(1000, 'bye');
  await settled();
  expect(first.peer.closed).toEqual([[4001, 'too much']]);
  expect(first.told.filter((one) => one.startsWith('close'))).toEqual(['close 4001 too much']);
  await settled();
  expect(second.told.filter((one) => one.startsWith('close'))).toHaveLength(1);
  expect(second.viewer.open).toBe(false);
});

test('a thread that is gone closes the sockets of its viewers, and a socket that is lost ends its viewer', async () => {
  const [first, second] = [joined(), joined()];
  first.port2.close();
  await once(first.port1, 'close');
  await settled();
  expect(first.peer.closed).toEqual([[GONE, 'this replay has ended']]);
  second.port1.close();
  await once(second.port2, 'close');
  await settled();
  expect(second.told.at(-1)).toBe(`close ${GONE} the thread of its socket is gone`);
});
