/** A program: the desk of world.ts in a process that can be killed or suspended. It is asked by messages, and answers each by its number. */
import type { InputBody } from '#streams/feed.ts';
import type { Wanted } from './ordered-strategy.ts';
import { type DeskOptions, World } from './world.ts';

export type DeskAsked = Readonly<
  | { do: 'open'; options: Pick<DeskOptions, 'folder' | 'server' | 'terms' | 'timeoutUs' | 'marginUs' | 'reconcileEveryUs'> }
  | { do: 'want'; wanted: readonly Wanted[] }
  | { do: 'submit'; body: InputBody }
  | { do: 'ready' | 'rest'; withinMs: number }
  /** The disk says nothing of what is on it, from now on; and says it. */
  | { do: 'hold' | 'letGo' }
  /** Waits until an order is decided. */
  | { do: 'decided' }
  | { do: 'picture' | 'close' }
>;
export type DeskAnswer = Readonly<{ id: number; error: string | null; value: string }>;

let world: World | null = null;
let opening: Promise<World> | null = null;
let halted: string | null = null;
let held: Promise<void> = Promise.resolve();
let letGo: () => void = () => {};

async function answer(asked: DeskAsked): Promise<string> {
  if (asked.do === 'open') {
    halted = null;
    const onHalt = ({ why, error }: Readonly<{ why: string; error: Error }>) => {
      halted = `${why}: ${error.stack}`;
    };
    opening = World.open({ ...asked.options, onHalt });
    world = await opening;
    return String(world.desk.opened.recovered);
  }
  if (asked.do === 'ready') await opening;
  if (world === null) throw new Error('no desk is open');
  if (halted !== null) throw new Error(`halted: ${halted}`);
  switch (asked.do) {
    case 'want':
      world.want(...asked.wanted);
      return '';
    case 'submit':
      world.desk.sequencer.submit(asked.body);
      return '';
    case 'ready': {
      const { gate } = world;
      if (gate !== 'OPEN') await world.until(() => world!.gate === 'OPEN' || halted !== null, 'the account is open', asked.withinMs);
      return world.gate;
    }
    case 'rest':
      await world.rest(asked.withinMs);
      return world.gate;
    case 'hold': {
      const { journal } = world.desk.live;
      const durable = journal.durable.bind(journal);
      journal.durable = async () => {
        await held;
        return durable();
      };
      held = new Promise((resolve) => {
        letGo = resolve;
      });
      return '';
    }
    case 'letGo':
      letGo();
      return '';
    case 'decided':
      await world.until(() => world!.state.orders.working.length > 0, 'an order is decided');
      return '';
    case 'picture':
      return world.picture();
    case 'close':
      await world.desk.close();
      world = null;
      return '';
  }
}

process.on('disconnect', () => process.exit());
process.on('message', ({ id, asked }: { id: number; asked: DeskAsked }) => {
  answer(asked).then(
    (value) => process.send!({ id, error: null, value }),
    (error: unknown) => process.send!({ id, error: String(error), value: '' }),
  );
});
process.send!({ id: 0, error: null, value: 'up' });
