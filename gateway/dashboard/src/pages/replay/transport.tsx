/** Plays, stops, steps and jumps: by buttons, by keys, and by the palette, all made of one list. */
import { ChevronFirst, ChevronLast, ChevronLeft, ChevronRight, Pause, Play } from 'lucide-react';
import { JUMPS, type ReplayMove, type ReplaySpeed, type ReplayStanding, STEPS } from '#gateway/contracts/replays.ts';
import { type Action, keysText, useActions } from '../../shell/actions.ts';
import { Button } from '../../ui/button.tsx';
import type { Moves } from './moves.ts';

export const SPEEDS: readonly ReplaySpeed[] = [0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 'max'];
export const speedIn = (text: string | undefined): ReplaySpeed => SPEEDS.find((one) => String(one) === text) ?? 10;
export const speedText = (speed: ReplaySpeed): string => (speed === 'max' ? 'as fast as it can' : `${speed}×`);

type Way = Readonly<{ name: string; move: (back: boolean) => ReplayMove; forward: string; backward: string }>;
type Step = (typeof STEPS)[number];
type Jump = (typeof JUMPS)[number];
const STEP_KEYS: Record<Step, readonly [string, string]> = {
  event: ['ArrowRight', 'ArrowLeft'],
  candle: ['Shift+ArrowRight', 'Shift+ArrowLeft'],
  order: [']', '['],
  decision: ['.', ','],
};
const JUMP_KEYS: Record<Jump, readonly [string, string]> = {
  fill: ['f', 'Shift+f'],
  refusal: ['r', 'Shift+r'],
  alert: ['a', 'Shift+a'],
  gate: ['g', 'Shift+g'],
};
const NAMES: Record<Step | Jump, string> = {
  event: 'event',
  candle: 'candle',
  order: 'order',
  decision: 'decision',
  fill: 'fill',
  refusal: 'refusal',
  alert: 'alert',
  gate: 'gate change',
};

function waysOf(instrument: string | null): Readonly<{ steps: readonly Way[]; jumps: readonly Way[] }> {
  const only = instrument === null ? {} : { instrument };
  return {
    steps: STEPS.map((step) => ({
      ...{ name: NAMES[step], move: (back) => ({ step, back, ...only }) },
      ...{ forward: STEP_KEYS[step][0], backward: STEP_KEYS[step][1] },
    })),
    jumps: JUMPS.map((jump) => ({
      // a gate is of no instrument alone, nor is an alert
      ...{ name: NAMES[jump], move: (back) => ({ jump, back, ...(jump === 'gate' || jump === 'alert' ? {} : only) }) },
      ...{ forward: JUMP_KEYS[jump][0], backward: JUMP_KEYS[jump][1] },
    })),
  };
}

type Props = Readonly<{
  moves: Moves;
  standing: ReplayStanding;
  ends: Readonly<{ from: Readonly<{ seq: number; at: number }>; to: Readonly<{ seq: number; at: number }> }>;
  speed: ReplaySpeed;
  setSpeed: (speed: ReplaySpeed) => void;
  instrument: string | null;
  instruments: readonly string[];
  setInstrument: (instrument: string | null) => void;
}>;

const SELECT = 'h-8 rounded-[5px] border border-edge bg-ground px-1.5 text-sm';

export function Transport({ moves, standing, ends, speed, setSpeed, instrument, instruments, setInstrument }: Props) {
  const { steps, jumps } = waysOf(instrument);
  const { move } = moves;
  const toggle = (): void => move(standing.playing ? { pause: true } : { play: speed });
  const pace = (by: number): void => {
    const next = SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, SPEEDS.indexOf(speed) + by))]!;
    setSpeed(next);
    if (standing.playing) move({ play: next });
  };
  const start = (): void => move({ to: ends.from });
  const end = (): void => move({ to: ends.to });
  useActions([
    { id: 'replay play', name: standing.playing ? 'Pause' : 'Play', group: 'Replay', keys: 'Space', words: 'stop go', run: toggle },
    { id: 'replay faster', name: 'Faster', group: 'Replay', keys: '=', words: 'speed', run: () => pace(1) },
    { id: 'replay slower', name: 'Slower', group: 'Replay', keys: '-', words: 'speed', run: () => pace(-1) },
    { id: 'replay start', name: 'To the beginning', group: 'Replay', keys: 'Home', run: start },
    { id: 'replay end', name: 'To the end', group: 'Replay', keys: 'End', run: end },
    ...[...steps.map((way) => ['Step', way] as const), ...jumps.map((way) => ['Jump', way] as const)].flatMap(([group, way]): Action[] => [
      { id: `replay next ${way.name}`, name: `Next ${way.name}`, group, keys: way.forward, run: () => move(way.move(false)) },
      {
        id: `replay back ${way.name}`,
        name: `${way.name[0]!.toUpperCase()}${way.name.slice(1)} before`,
        group,
        keys: way.backward,
        run: () => move(way.move(true)),
      },
    ]),
  ]);
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1.5">
      <div className="flex items-center gap-1">
        <Button look="quiet" aria-label="To the beginning" title="To the beginning (Home)" onClick={start} className="px-1.5">
          <ChevronFirst aria-hidden className="size-4" />
        </Button>
        <Button look="main" onClick={toggle} title={`${standing.playing ? 'Pause' : 'Play'} (space)`} className="min-w-22">
          {standing.playing ? <Pause aria-hidden className="size-3.5" /> : <Play aria-hidden className="size-3.5" />}
          {standing.playing ? 'Pause' : 'Play'}
        </Button>
        <Button look="quiet" aria-label="To the end" title="To the end (End)" onClick={end} className="px-1.5">
          <ChevronLast aria-hidden className="size-4" />
        </Button>
        <select
          aria-label="Speed"
          value={String(speed)}
          onChange={({ target }) => {
            const next = speedIn(target.value);
            setSpeed(next);
            if (standing.playing) move({ play: next });
          }}
          className={SELECT}
        >
          {SPEEDS.map((one) => (
            <option key={one} value={String(one)}>
              {speedText(one)}
            </option>
          ))}
        </select>
      </div>
      <Ways label="Step" ways={steps} move={move} />
      <Ways label="Jump" ways={jumps} move={move} />
      <select
        aria-label="Steps and jumps of"
        value={instrument ?? ''}
        onChange={({ target }) => setInstrument(target.value === '' ? null : target.value)}
        className={SELECT}
      >
        <option value="">of everything</option>
        {instruments.map((one) => (
          <option key={one} value={one}>
            of {one}
          </option>
        ))}
      </select>
    </div>
  );
}

const Ways = ({ label, ways, move }: Readonly<{ label: string; ways: readonly Way[]; move: (move: ReplayMove) => void }>) => (
  <fieldset className="flex flex-wrap items-center gap-1">
    <legend className="sr-only">{label}</legend>
    {ways.map((way) => (
      <span key={way.name} className="inline-flex h-8 items-center rounded-[5px] border border-line bg-raised text-xs">
        <Arrow name={`${way.name} before`} keys={way.backward} go={() => move(way.move(true))} back />
        <span aria-hidden className="px-0.5 text-dim">
          {way.name}
        </span>
        <Arrow name={`next ${way.name}`} keys={way.forward} go={() => move(way.move(false))} />
      </span>
    ))}
  </fieldset>
);

const Arrow = ({ name, keys, go, back = false }: Readonly<{ name: string; keys: string; go: () => void; back?: boolean }>) => (
  <button
    type="button"
    aria-label={name}
    title={`${name} (${keysText(keys).join(' ')})`}
    onClick={go}
    className="inline-flex h-full min-w-6 items-center justify-center text-dim hover:text-ink"
  >
    {back ? <ChevronLeft aria-hidden className="size-3.5" /> : <ChevronRight aria-hidden className="size-3.5" />}
  </button>
);
