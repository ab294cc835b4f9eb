/** A line between a client and a server that can be cut, go deaf, or lose an answer, as lines do. */
import { createConnection, createServer, type Server, type Socket } from 'node:net';

/** pass: as if it were not there · deaf: takes everything and hands nothing on, either way · swallow: no answer comes back · late: what is sent arrives when it is let go, also behind its sender's end. */
export type Mode = 'pass' | 'deaf' | 'swallow' | 'late';

export class CuttingProxy {
  readonly #server: Server;
  readonly #pairs = new Set<readonly [Socket, Socket]>();
  readonly #target: () => number;
  #held: (() => void)[] = [];
  mode: Mode = 'pass';
  /** Of connections made from now on; those that are there keep theirs where this is not null. */
  modeOfNew: Mode | null = null;
  /** The next answer is lost, and the line with it. */
  cutAtAnswer = false;
  answersLost = 0;

  constructor(target: () => number) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  /** Every line that is there, at once. */
  cut(): void {
    for (const [client, server] of this.#pairs) {
      client.destroy();
      server.destroy();
    }
  }

  /** What came too late arrives. */
  letGo(): number {
    const held = this.#held.splice(0);
    for (const arrive of held) arrive();
    return held.length;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    const server = createConnection({ host: '127.0.0.1', port: this.#target() });
    const pair = [client, server] as const;
    const own = this.modeOfNew;
    const mode = () => own ?? this.mode;
    this.#pairs.add(pair);
    let held = 0;
    const end = () => {
      if (held > 0) return;
      this.#pairs.delete(pair);
      client.destroy();
      server.destroy();
    };
    for (const socket of pair) {
      socket.on('error', end);
      socket.on('close', end);
    }
    client.on('data', (bytes) => {
      if (mode() === 'late') {
        held++;
        this.#held.push(() => {
          held--;
          server.write(bytes);
        });
      } else if (mode() !== 'deaf') server.write(bytes);
    });
    server.on('data', (bytes) => {
      if (this.cutAtAnswer) {
        this.cutAtAnswer = false;
        this.answersLost++;
        end();
      } else if (mode() === 'pass') client.write(bytes);
      else this.answersLost++;
    });
  }
}
