/** Who there is, what they may, and whether they still do. Names stay: what is disabled is not deleted. */
import { UserPlus } from 'lucide-react';
import { useState } from 'react';
import { type Role, useWho } from '../../session.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Choice, Field } from '../../ui/field.tsx';
import { Moment } from '../../ui/moment.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { type Column, Table } from '../../ui/table.tsx';
import { type Change, type User, useChange, usePeople } from './people.ts';
import { AskFirst, Sheet } from './sheet.tsx';

type Asked =
  | Readonly<{ is: 'new' }>
  | Readonly<{ is: 'password'; user: User }>
  | Readonly<{ is: 'sure'; title: string; words: string; change: Change }>;

const ROLES: readonly Role[] = ['viewer', 'trader', 'admin'];

export function Users({ chosen, choose }: Readonly<{ chosen: string | null; choose: (name: string | null) => void }>) {
  const who = useWho();
  const users = usePeople<User>('users', null);
  const [asked, setAsked] = useState<Asked | null>(null);
  const sure = (title: string, words: string, change: Change) => setAsked({ is: 'sure', title, words, change });
  const at = ({ name }: User) => `users/${encodeURIComponent(name)}`;
  const columns: readonly Column<User>[] = [
    {
      name: 'Name',
      cell: ({ name, disabled }) => (
        <>
          <span className="font-medium">{name}</span> {name === who.user ? <span className="text-xs text-faint">you</span> : null}{' '}
          {disabled === null ? null : <Badge tone="stop">disabled</Badge>}
        </>
      ),
    },
    {
      name: 'Role',
      cell: (user) => (
        <select
          aria-label={`Role of ${user.name}`}
          value={user.role}
          onChange={({ target }) =>
            sure(`Make ${user.name} ${target.value}?`, 'Every session of theirs ends; they sign in again as that.', {
              method: 'PATCH',
              path: at(user),
              body: { role: target.value },
            })
          }
          className="h-6 rounded-[5px] border border-line bg-ground px-1 text-xs"
        >
          {ROLES.map((role) => (
            <option key={role}>{role}</option>
          ))}
        </select>
      ),
    },
    { name: 'Since', wide: true, cell: ({ created }) => <Moment us={created} detail="seconds" date /> },
    {
      name: 'Actions',
      unnamed: true,
      right: true,
      cell: (user) => (
        <span className="inline-flex gap-1">
          <Button small look="quiet" aria-pressed={chosen === user.name} onClick={() => choose(chosen === user.name ? null : user.name)}>
            Keys
          </Button>
          <Button small look="quiet" onClick={() => setAsked({ is: 'password', user })}>
            Password …
          </Button>
          <Button
            small
            look="quiet"
            onClick={() =>
              user.disabled === null
                ? sure(`Disable ${user.name}?`, 'Their sessions and tokens are over at once.', {
                    method: 'PATCH',
                    path: at(user),
                    body: { disabled: true },
                  })
                : sure(`Enable ${user.name}?`, 'They may sign in again.', { method: 'PATCH', path: at(user), body: { disabled: false } })
            }
          >
            {user.disabled === null ? 'Disable …' : 'Enable …'}
          </Button>
        </span>
      ),
    },
  ];
  return (
    <Panel
      title="Users"
      {...(users.data === undefined ? {} : { count: users.data.items.length })}
      tools={
        <Button small onClick={() => setAsked({ is: 'new' })}>
          <UserPlus aria-hidden className="size-3.5" /> Add a user
        </Button>
      }
    >
      {users.isError ? (
        <div className="p-3">
          <Failed error={users.error} again={() => void users.refetch()} />
        </div>
      ) : users.data === undefined ? (
        <Loading />
      ) : (
        <Table label="Users" columns={columns} rows={users.data.items} keyOf={({ name }) => name} chosen={chosen} />
      )}
      {asked?.is === 'new' ? <NewUser close={() => setAsked(null)} /> : null}
      {asked?.is === 'password' ? <Password user={asked.user} close={() => setAsked(null)} /> : null}
      {asked?.is === 'sure' ? <AskFirst {...asked} close={() => setAsked(null)} /> : null}
    </Panel>
  );
}

function NewUser({ close }: Readonly<{ close: () => void }>) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const [password, setPassword] = useState('');
  const change = useChange<User>();
  return (
    <Sheet
      title="Add a user"
      done="Add"
      change={change}
      wish={{ method: 'POST', path: 'users', body: { name: name.trim(), role, password } }}
      close={close}
    >
      <Field
        label="Name"
        value={name}
        onChange={({ target }) => setName(target.value)}
        autoComplete="off"
        data-begin
        required
        maxLength={32}
      />
      <Choice
        label="Role"
        value={role}
        onChange={({ target }) => setRole(target.value as Role)}
        hint="A viewer looks on; a trader trades on paper and stops things; an admin does everything."
      >
        {ROLES.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </Choice>
      <Field
        label="First password"
        type="password"
        value={password}
        onChange={({ target }) => setPassword(target.value)}
        autoComplete="new-password"
        hint="12 characters or more"
        minLength={12}
        required
      />
    </Sheet>
  );
}

function Password({ user, close }: Readonly<{ user: User; close: () => void }>) {
  const [password, setPassword] = useState('');
  const change = useChange<unknown>();
  return (
    <Sheet
      title={`A new password for ${user.name}`}
      done="Set it"
      change={change}
      wish={{ method: 'POST', path: `users/${encodeURIComponent(user.name)}/password`, body: { password } }}
      close={close}
    >
      <p className="text-dim">Every session of theirs ends.</p>
      <Field
        label="New password"
        type="password"
        value={password}
        onChange={({ target }) => setPassword(target.value)}
        autoComplete="new-password"
        hint="12 characters or more"
        minLength={12}
        data-begin
        required
      />
    </Sheet>
  );
}
