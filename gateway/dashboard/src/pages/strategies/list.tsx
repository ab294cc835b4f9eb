/** All strategies that may run here, a line a name; what was typed and is not kept is marked. */
import { FileCode2, FileText, Plus, Search } from 'lucide-react';
import { type RefObject, useEffect, useRef } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty } from '../../ui/states.tsx';
import { UNNAMED, useDrafts } from './drafts.ts';
import { fits, type Group } from './strategy-groups.ts';

type Props = Readonly<{
  groups: readonly Group[];
  chosen: string | null;
  choose: (named: string) => void;
  words: string;
  search: (words: string) => void;
  box: RefObject<HTMLInputElement | null>;
  begin: () => void;
  className?: string;
}>;

export function List({ groups, chosen, choose, words, search, box, begin, className = '' }: Props) {
  const drafts = useDrafts();
  const found = groups.filter((group) => fits(group, words));
  return (
    <Panel
      title="Strategies"
      count={found.length === groups.length ? groups.length : `${found.length} of ${groups.length}`}
      className={className}
      bodyClass="overflow-auto"
      tools={
        <Button small onClick={begin}>
          <Plus aria-hidden className="size-3.5" /> {drafts.has(UNNAMED) ? 'Go on writing' : 'Write one'}
        </Button>
      }
    >
      <label className="sticky top-0 z-10 flex items-center gap-2 border-b border-line bg-panel px-3 py-1.5">
        <Search aria-hidden className="size-3.5 shrink-0 text-faint" />
        <span className="sr-only">Search strategies</span>
        <input
          ref={box}
          type="search"
          value={words}
          onChange={({ target }) => search(target.value)}
          onKeyDown={({ key, currentTarget }) => {
            if (key === 'Escape') currentTarget.blur();
            if (key === 'Enter' && found[0] !== undefined) choose(found[0].head.strategy);
          }}
          placeholder="a name, what it does …"
          spellCheck={false}
          className="h-7 min-w-0 flex-1 bg-transparent outline-none placeholder:text-faint"
        />
      </label>
      {found.length === 0 ? (
        <Empty icon={Search} title="No strategy here says that." />
      ) : (
        <ul aria-label="Strategies">
          {found.map((group) => (
            <Line
              key={group.key}
              group={group}
              here={chosen === group.key}
              changed={drafts.has(group.name) && group.kind === 'document'}
              choose={choose}
            />
          ))}
        </ul>
      )}
    </Panel>
  );
}

type LineProps = Readonly<{ group: Group; here: boolean; changed: boolean; choose: (named: string) => void }>;

function Line({ group, here, changed, choose }: LineProps) {
  const { name, kind, head, rows, deployed } = group;
  const Icon = kind === 'document' ? FileText : FileCode2;
  const kept = rows.filter((row) => row.kept === 'kept').length;
  const line = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (here) line.current?.scrollIntoView({ block: 'nearest' });
  }, [here]);
  return (
    <li className="border-t border-line/60 first:border-t-0">
      <button
        ref={line}
        type="button"
        data-strategy={name}
        aria-current={here || undefined}
        onClick={() => choose(head.strategy)}
        className={`flex w-full gap-2.5 px-3 py-2 text-left ${here ? 'bg-raised' : 'hover:bg-raised/60'}`}
      >
        <Icon aria-hidden className={`mt-0.5 size-4 shrink-0 ${here ? 'text-accent' : 'text-faint'}`} strokeWidth={1.75} />
        <span className="min-w-0 flex-1">
          <span className="flex flex-wrap items-center gap-x-1.5 gap-y-0.5">
            <span className="figure min-w-0 font-medium break-all whitespace-normal">{name}</span>
            {deployed.length === 0 ? null : (
              <Badge tone="good" title={`runs on this desk as ${deployed.join(', ')}`}>
                runs here
              </Badge>
            )}
            {changed ? (
              <Badge tone="warn" title="typed in this tab and not kept">
                changed
              </Badge>
            ) : null}
          </span>
          <span className="line-clamp-2 text-xs text-dim">{head.about}</span>
          <span className="text-2xs text-faint">
            {kind}, {head.kept === 'kept' ? (kept === 1 ? 'kept here' : `${kept} versions kept here`) : CAME[head.kept]}
          </span>
        </span>
      </button>
    </li>
  );
}

const CAME = { bundled: 'part of this build', shipped: 'shipped as a file' } as const;
