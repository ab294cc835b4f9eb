/** The first start: whoever has the terminal's link becomes the admin. The secret stands behind the `#`, which is not sent by itself. */
import { type FormEvent, useState } from 'react';
import { signInAtFirst } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Failed } from '../ui/states.tsx';
import { Door } from './door.tsx';

const LEAST = 12;

export function FirstRun() {
  const [link] = useState(() => window.location.hash.slice(1));
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const differs = again !== '' && again !== password;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    if (password !== again) return;
    setBusy(true);
    setError(null);
    window.history.replaceState(null, '', '/'); // the secret leaves the address, and with it the history
    signInAtFirst(link, name.trim(), password)
      .catch((fault: unknown) => {
        window.history.replaceState(null, '', `/first-run#${link}`);
        setError(fault);
      })
      .finally(() => setBusy(false));
  };
  if (link === '')
    return (
      <Door title="The link is not whole" about="What stands behind the # is missing. Copy the whole link from the terminal.">
        <Button onClick={() => window.location.assign('/')}>Go to the way in</Button>
      </Door>
    );
  return (
    <Door
      title="The first admin"
      about="You came with the terminal's link. Choose a name and a password; they make you the admin of this gateway."
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} autoComplete="username" autoFocus required />
        <Field
          label="Password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="new-password"
          minLength={LEAST}
          hint={`${LEAST} characters or more, and not the name`}
          required
        />
        <Field
          label="The same once more"
          type="password"
          value={again}
          onChange={(event) => setAgain(event.target.value)}
          autoComplete="new-password"
          fault={differs ? 'it is not the same' : null}
          required
        />
        {error === null ? null : <Failed error={error} />}
        <Button look="main" type="submit" disabled={busy || differs}>
          {busy ? 'Making the admin …' : 'Make me the admin'}
        </Button>
      </form>
    </Door>
  );
}
