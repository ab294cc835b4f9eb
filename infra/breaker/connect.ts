/** Holds one venue's connection for a breaker: tries until it is open, and lets the breaker use it from the moment it exists. */
import type { Broker } from '#engine/execution/broker.ts';
import type { AccountId } from '#engine/values.ts';
import type { Breaker } from './breaker.ts';
import { reasonOf } from './side-file.ts';

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

export type Connecting = Readonly<{
  account: AccountId;
  open: () => Promise<Broker>;
  breaker: Breaker;
  /** Tries go on while this holds. */
  going: () => boolean;
  onTrouble: (why: string) => void;
}>;

export class Connection {
  connected = false;
  #broker: Broker | null = null;

  async keep({ account, open, breaker, going, onTrouble }: Connecting): Promise<void> {
    for (let waitMs = FIRST_RETRY_MS; going(); waitMs = Math.min(2 * waitMs, LONGEST_RETRY_MS)) {
      try {
        if (this.#broker === null) {
          this.#broker = await open();
          breaker.add(this.#broker); // cancels need no stream of events: it takes part before it is fully open
        }
        await this.#broker.open((event) => {
          if (event.type === 'Connected') this.connected = true;
          if (event.type === 'Lost') this.connected = false;
          breaker.hear(account, event);
        });
        return;
      } catch (error) {
        onTrouble(`no connection for account ${account}: ${reasonOf(error)}`);
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      }
    }
  }

  async close(): Promise<void> {
    await this.#broker?.close();
  }
}
