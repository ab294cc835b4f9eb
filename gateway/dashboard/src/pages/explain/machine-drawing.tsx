/** A machine of the desk, drawn from its own definition: the state it was left in, and the way it took. */
import type { RestMachine } from '#gateway/contracts/rest-machines.ts';
import { spaced } from '../../ui/badge.tsx';
import { BOX, drawn } from './machine-places.ts';

/** `from` null: it is shown where it stood, and took no way. */
export type Moved = Readonly<{ machine: RestMachine['machine']; of: string; from: string | null; to: string; event: string | null }>;

export function MachineDrawing({ machine, moved }: Readonly<{ machine: RestMachine; moved: Moved }>) {
  const { width, height, states, ways } = drawn(machine);
  const { from, to, event } = moved;
  const taken = (way: Readonly<{ from: string; to: string }>): boolean => way.from === from && way.to === to;
  const said =
    from === null
      ? `${moved.of} stands at ${spaced(to)}`
      : `${moved.of} went from ${spaced(from)} to ${spaced(to)}${event === null ? '' : ` on ${event}`}`;
  const ordered = [...ways].sort((a, b) => Number(taken(a)) - Number(taken(b)));
  const leaving = machine.transitions.filter((step) => step.from === to);
  return (
    <figure className="flex flex-col gap-2 p-3" data-machine={machine.machine} data-from={from ?? undefined} data-to={to}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reached by the keyboard */}
      <section className="overflow-x-auto" tabIndex={0} aria-label={`The ${machine.machine} machine, drawn`}>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          role="img"
          aria-label={said}
          className="mx-auto block w-full min-w-[26rem]"
          style={{ maxWidth: width }}
        >
          {ordered.map((way) => {
            const on = taken(way);
            const tone = on ? 'var(--accent)' : way.from === to ? 'var(--faint)' : 'var(--edge)';
            return (
              <g key={`${way.from} ${way.to}`} opacity={on || way.from === to ? 1 : 0.55}>
                <title>{`${spaced(way.from)} → ${spaced(way.to)}: ${way.events.join(', ')}`}</title>
                <path d={way.path} fill="none" stroke={tone} strokeWidth={on ? 2.5 : 1} />
                <polygon points={way.arrow} fill={tone} />
              </g>
            );
          })}
          {states.map(({ state, at }) => {
            const here = state === to;
            return (
              <g key={state}>
                <rect
                  x={at.x - BOX.width / 2}
                  y={at.y - BOX.height / 2}
                  width={BOX.width}
                  height={BOX.height}
                  rx="6"
                  fill={here ? 'var(--accent)' : 'var(--raised)'}
                  stroke={here || state === from ? 'var(--accent)' : 'var(--edge)'}
                  strokeWidth={here || state === from ? 2 : 1}
                  strokeDasharray={state === from && !here ? '4 3' : undefined}
                />
                <text
                  x={at.x}
                  y={at.y + 4}
                  textAnchor="middle"
                  fontSize="11"
                  fontWeight={here ? 700 : 500}
                  fill={here ? 'var(--ground)' : 'var(--ink)'}
                >
                  {spaced(state)}
                </text>
              </g>
            );
          })}
        </svg>
      </section>
      <figcaption className="text-sm">
        <span className="font-medium">{said}.</span>{' '}
        <span className="text-dim">
          There is one {machine.machine} machine per {machine.per}: {machine.about}.
        </span>
      </figcaption>
      <details className="text-xs">
        <summary className="text-dim">What would move it from {spaced(to)}</summary>
        {leaving.length === 0 ? (
          <p className="mt-1 text-faint">Nothing: it is an end.</p>
        ) : (
          <ul className="mt-1 flex flex-col gap-0.5">
            {leaving.map((step) => (
              <li key={`${step.event} ${step.to} ${step.when ?? ''}`}>
                <span className="font-medium">{step.event}</span>
                {step.when === null ? '' : <span className="text-faint"> if {step.when}</span>} →{' '}
                {step.to === to ? <span className="text-faint">stays, and notes it</span> : spaced(step.to)}
              </li>
            ))}
          </ul>
        )}
      </details>
    </figure>
  );
}
