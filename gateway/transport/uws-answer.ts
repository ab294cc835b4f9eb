// Writes an answer through uWebSockets.js: whole, or as it is read, no faster than the peer takes it. After the last byte the response is not
// touched again.
import type { HttpResponse } from 'uWebSockets.js';
import type { ReadyAnswer } from './answer-check.ts';
import { HEAD_WITHIN_MS, type StreamBody } from './server.ts';

/** `over`: answered, upgraded or aborted, and its memory no longer ours. `wake`: someone waits to write on. */
export type Hold = { readonly response: HttpResponse; over: boolean; wake: () => void };

/** A larger body stays ours until the peer has taken it, so that one who never does can be cut. */
const AT_ONCE_BYTES = 64 * 1024;

export function writeAnswer(hold: Hold, answer: ReadyAnswer, close: boolean): void | Promise<void> {
  const { response } = hold;
  const { body, length } = answer;
  if (hold.over) return;
  if (body instanceof Uint8Array && body.length > AT_ONCE_BYTES) return writeStream(hold, answer, once(body), close);
  if (body !== null && !(body instanceof Uint8Array) && length !== 0) return writeStream(hold, answer, body, close);
  hold.over = true;
  response.cork(() => {
    writeHead(response, answer);
    if (body instanceof Uint8Array) response.end(body, close);
    else if (length !== null) response.endWithoutBody(length, close);
    else {
      // Given a second argument, this build writes a length of 2^63: the close is said by hand.
      if (close) response.writeHeader('Connection', 'close');
      response.endWithoutBody();
    }
  });
}

const once = (bytes: Uint8Array): StreamBody => ({
  bytes: bytes.length,
  async *read() {
    yield bytes;
  },
});

function writeHead(response: HttpResponse, { status, text, headers }: ReadyAnswer): void {
  response.writeStatus(`${status} ${text}`);
  for (const [name, value] of headers) response.writeHeader(name, value);
}

/** `close` is said in the head only: the library ends such a connection when it idles. */
async function writeStream(hold: Hold, answer: ReadyAnswer, body: StreamBody, close: boolean): Promise<void> {
  const { response } = hold;
  const { length } = answer;
  response.cork(() => {
    writeHead(response, answer);
    if (close) response.writeHeader('Connection', 'close');
  });
  let given = 0;
  for await (const chunk of body.read()) {
    if (hold.over) return;
    given += chunk.length;
    if (length !== null && given > length) break;
    if (chunk.length > 0) await (length === null ? writeChunk(hold, chunk) : writePart(hold, chunk, length));
  }
  if (hold.over) return;
  if (length !== null) throw new Error(`the body promised ${length} bytes and gave ${given}`);
  hold.over = true;
  response.cork(() => response.end());
}

async function writeChunk(hold: Hold, chunk: Uint8Array): Promise<void> {
  const { response } = hold;
  let clear = false;
  response.cork(() => {
    clear = response.write(chunk);
  });
  if (!clear) await writable(hold, () => true);
}

async function writePart(hold: Hold, chunk: Uint8Array, length: number): Promise<void> {
  const { response } = hold;
  const from = response.getWriteOffset();
  const write = (offset: number) => {
    const [clear, done] = response.tryEnd(chunk.subarray(offset - from), length);
    if (done) hold.over = true;
    return clear || done;
  };
  let clear = false;
  response.cork(() => {
    clear = write(from);
  });
  if (!clear) await writable(hold, write);
}

/** Until `write` says that all is out, or the response is over. A peer that reads nothing for so long is cut. */
function writable(hold: Hold, write: (offset: number) => boolean): Promise<void> {
  return new Promise((resolve) => {
    const stuck = () => {
      if (!hold.over) hold.response.close();
    };
    let timer = setTimeout(stuck, HEAD_WITHIN_MS);
    hold.wake = () => {
      clearTimeout(timer);
      resolve();
    };
    hold.response.onWritable((offset) => {
      clearTimeout(timer);
      const clear = write(offset);
      if (clear) hold.wake();
      else timer = setTimeout(stuck, HEAD_WITHIN_MS);
      return clear;
    });
  });
}
