/** The browsers that are signed in. */
import { useState } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { type Change, type Session, usePeople } from './people.ts';
import { AskFirst } from './sheet.tsx';

export function Sessions({ user }: Readonly<{ user: string | null }>) {
  const sessions = usePeople<Session>('sessions', user);
  const [asked, setAsked] = useState<Readonly<{ title: string; words: string; change: Change }> | null>(null);
  const columns: readonly Column<Session>[] = [
    {
      name: 'Browser',
      cell: ({ agent, own, secondStep }) => (
        <span title={agent}>
          {browserIn(agent)} {own ? <Badge tone="accent">this one</Badge> : null}{' '}
          {secondStep === null ? null : <Badge tone="warn">shown again</Badge>}
        </span>
      ),
    },
    { name: 'From', cell: ({ address }) => <span className="figure text-xs">{address}</span> },
    { name: 'Last used', wide: true, cell: ({ used }) => <Moment us={used} detail="seconds" date /> },
    { name: 'Ends', wide: true, cell: ({ until }) => <Moment us={until} detail="seconds" date /> },
    {
      name: 'Actions',
      unnamed: true,
      right: true,
      cell: ({ id, own, agent }) => (
        <Button
          small
          look="quiet"
          onClick={() =>
            setAsked({
              title: own ? 'Sign this browser out?' : `Sign ${browserIn(agent)} out?`,
              words: 'It is over at once, for what it has open too.',
              change: { method: 'DELETE', path: `sessions/${id}` },
            })
          }
        >
          End …
        </Button>
      ),
    },
  ];
  return (
    <Panel
      title={user === null ? 'Your sessions' : `Sessions of ${user}`}
      {...(sessions.data === undefined ? {} : { count: sessions.data.items.length })}
      tools={
        <Button
          small
          onClick={() =>
            setAsked({
              title: user === null ? 'Sign out everywhere?' : `Sign ${user} out everywhere?`,
              words: 'Every browser is asked for the password again.',
              change: { method: 'DELETE', path: `sessions${user === null ? '' : `?user=${encodeURIComponent(user)}`}` },
            })
          }
        >
          Sign out everywhere …
        </Button>
      }
    >
      {sessions.isError ? (
        <div className="p-3">
          <Failed error={sessions.error} again={() => void sessions.refetch()} />
        </div>
      ) : sessions.data === undefined ? (
        <Loading />
      ) : sessions.data.items.length === 0 ? (
        <Empty title="No browser is signed in." />
      ) : (
        <Table label="Sessions" columns={columns} rows={sessions.data.items} keyOf={({ id }) => id} />
      )}
      {asked === null ? null : <AskFirst {...asked} close={() => setAsked(null)} />}
    </Panel>
  );
}

/** The two words of it that a person knows; all of it stands behind. */
function browserIn(agent: string): string {
  const name = /(Firefox|Edg|OPR|Chrome|Safari)\/[\d.]+/.exec(agent)?.[1] ?? null;
  const system = /(Windows|Mac OS X|Android|iPhone|iPad|Linux)/.exec(agent)?.[1] ?? null;
  const known: Record<string, string> = { Edg: 'Edge', OPR: 'Opera', 'Mac OS X': 'a Mac' };
  const said = [name, system].filter((one) => one !== null).map((one) => known[one] ?? one);
  return said.length === 0 ? agent.slice(0, 40) || 'unnamed' : said.join(' on ');
}
