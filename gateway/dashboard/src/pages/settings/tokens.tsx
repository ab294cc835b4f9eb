/** Keys of programs: made here, shown once, revoked at once. */
import { Check, Copy, KeyRound } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Choice, Field } from '../../ui/field.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { type Scope, type Token, useChange, usePeople } from './people.ts';
import { AskFirst } from './sheet.tsx';

const SCOPES: Record<Scope, string> = {
  read: 'read: looks at everything',
  trade: 'trade: places and cancels orders too',
  admin: 'admin: all that its user may',
};

export function Tokens({ user }: Readonly<{ user: string | null }>) {
  const tokens = usePeople<Token>('tokens', user);
  const [revoking, setRevoking] = useState<Token | null>(null);
  const [making, setMaking] = useState(false);
  const columns: readonly Column<Token>[] = [
    { name: 'Name', cell: ({ label }) => <span className="font-medium">{label}</span> },
    {
      name: 'May',
      cell: ({ scope, live, revoked }) => (
        <span className="inline-flex gap-1">
          <Badge tone={scope === 'read' ? 'calm' : 'accent'}>{scope}</Badge>
          {live ? <Badge tone="stop">LIVE</Badge> : null}
          {revoked === null ? null : <Badge tone="warn">revoked</Badge>}
        </span>
      ),
    },
    { name: 'Last used', wide: true, cell: ({ used }) => <Moment us={used} detail="seconds" date /> },
    {
      name: 'Ends',
      wide: true,
      cell: ({ expires }) =>
        expires === null ? <span className="text-faint">never by itself</span> : <Moment us={expires} detail="seconds" date />,
    },
    {
      name: 'Actions',
      unnamed: true,
      right: true,
      cell: (token) =>
        token.revoked === null ? (
          <Button small look="quiet" onClick={() => setRevoking(token)}>
            Revoke …
          </Button>
        ) : null,
    },
  ];
  return (
    <Panel
      title={user === null ? 'Your tokens' : `Tokens of ${user}`}
      {...(tokens.data === undefined ? {} : { count: tokens.data.items.length })}
      tools={
        <Button small onClick={() => setMaking(true)}>
          <KeyRound aria-hidden className="size-3.5" /> Make a token
        </Button>
      }
    >
      {tokens.isError ? (
        <div className="p-3">
          <Failed error={tokens.error} again={() => void tokens.refetch()} />
        </div>
      ) : tokens.data === undefined ? (
        <Loading />
      ) : tokens.data.items.length === 0 ? (
        <Empty icon={KeyRound} title="No token.">
          A program shows one instead of a password.
        </Empty>
      ) : (
        <Table label="Tokens" columns={columns} rows={tokens.data.items} keyOf={({ id }) => id} />
      )}
      {making ? <NewToken user={user} close={() => setMaking(false)} /> : null}
      {revoking === null ? null : (
        <AskFirst
          title={`Revoke ${revoking.label}?`}
          words="It opens nothing from now on, for open sockets too."
          change={{ method: 'DELETE', path: `tokens/${revoking.id}` }}
          close={() => setRevoking(null)}
        />
      )}
    </Panel>
  );
}

function NewToken({ user, close }: Readonly<{ user: string | null; close: () => void }>) {
  const [label, setLabel] = useState('');
  const [scope, setScope] = useState<Scope>('read');
  const [days, setDays] = useState('30');
  const change = useChange<Readonly<{ text: string }>>();
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate({
      method: 'POST',
      path: 'tokens',
      body: { label: label.trim(), scope, days: days === '' ? null : Number(days), ...(user === null ? {} : { user }) },
    });
  };
  if (change.data !== undefined) return <Shown text={change.data.text} close={close} />;
  return (
    <Dialog title={user === null ? 'Make a token' : `Make a token for ${user}`} close={close}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field
          label="What it is for"
          value={label}
          onChange={({ target }) => setLabel(target.value)}
          placeholder="grafana"
          maxLength={60}
          data-begin
          required
        />
        <Choice
          label="What it may"
          value={scope}
          onChange={({ target }) => setScope(target.value as Scope)}
          hint="Never more than its user may at that moment. One that trades live is made at the machine."
        >
          {(Object.keys(SCOPES) as Scope[]).map((one) => (
            <option key={one} value={one}>
              {SCOPES[one]}
            </option>
          ))}
        </Choice>
        <Field
          label="Days it lasts"
          value={days}
          onChange={({ target }) => setDays(target.value)}
          inputMode="numeric"
          pattern="[0-9]*"
          hint="Empty: until it is revoked"
        />
        {change.isError ? <Failed error={change.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={close}>
            Leave it
          </Button>
          <Button look="main" type="submit" disabled={change.isPending}>
            Make it
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Shown({ text, close }: Readonly<{ text: string; close: () => void }>) {
  const [copied, setCopied] = useState(false);
  return (
    <Dialog title="Your token" close={close}>
      <p className="text-dim">It is shown this once. Nothing that is kept gives it again.</p>
      <div className="mt-3 flex items-center gap-2">
        <code className="figure min-w-0 flex-1 rounded-[5px] border border-edge bg-ground p-2 text-xs break-all whitespace-normal">
          {text}
        </code>
        <Button onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
          {copied ? <Check aria-hidden className="size-4 text-good" /> : <Copy aria-hidden className="size-4" />}
          {copied ? 'Copied' : 'Copy'}
        </Button>
      </div>
      <div className="mt-4 flex justify-end">
        <Button look="main" onClick={close}>
          I have it
        </Button>
      </div>
    </Dialog>
  );
}
