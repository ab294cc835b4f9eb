/** The steps of an explanation, each with the numbers its actor saw; choosing one shows its machine and its bytes. */
import type { Explanation } from '../../asked.ts';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { WhyLink } from '../../ui/why-link.tsx';
import { microsOf } from '../orders/life-steps.ts';
import { hasMachine } from './machine-of.ts';

type Link = Explanation['chain'][number];

export function Chain({ of, chosen, choose }: Readonly<{ of: readonly Link[]; chosen: number; choose: (step: number) => void }>) {
  return (
    <Panel title="From the cause to the end" count={`${of.length} steps`} className="max-lg:max-h-[40rem]" bodyClass="overflow-y-auto">
      {of.length === 0 ? (
        <Empty title="Nothing else led to it." />
      ) : (
        <ol>
          {of.map((link, place) => (
            <Step key={`${link.address} ${link.type} ${link.what}`} of={link} chosen={place === chosen} choose={() => choose(place)} />
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Step({ of: { address, type, at, what, numbers }, chosen, choose }: Readonly<{ of: Link; chosen: boolean; choose: () => void }>) {
  const figures = Object.entries(numbers);
  const failed = type === 'Clause' && what.startsWith('failed');
  return (
    <li
      data-link={type}
      data-address={address}
      className={`relative border-t border-line/60 py-1.5 pr-3 pl-7 first:border-t-0 ${chosen ? 'bg-raised' : ''}`}
    >
      <span aria-hidden className="absolute top-0 bottom-0 left-[14px] w-px bg-line" />
      <span
        aria-hidden
        className={`absolute top-3 left-[10px] size-[9px] rounded-full ring-2 ring-panel ${failed ? 'bg-stop' : hasMachine({ type }) ? 'bg-accent' : 'bg-edge'}`}
      />
      <div className="flex flex-wrap items-baseline gap-x-2 text-xs">
        <button
          type="button"
          aria-pressed={chosen}
          onClick={choose}
          title="show its machine and its bytes"
          className="font-semibold underline decoration-dotted underline-offset-3"
        >
          {type.replace(/(?!^)[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}
        </button>
        <span className="text-faint">
          <Moment us={microsOf(at)} detail="micros" />
        </span>
        <WhyLink of={address} className="ml-auto text-2xs" />
      </div>
      <p className={`break-words ${failed ? 'text-stop' : ''}`}>{what}</p>
      {figures.length === 0 ? null : (
        <dl className="mt-0.5 flex flex-wrap gap-x-3 text-2xs text-faint">
          {figures.map(([name, value]) => (
            <div key={name} className="flex min-w-0 gap-1">
              <dt>{name}</dt>
              <dd className="figure truncate text-dim">{String(value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
