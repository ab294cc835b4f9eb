/** The way in with name and password. */
import { type FormEvent, useState } from 'react';
import { askWho, signIn, signInToDemo, type Who } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Failed } from '../ui/states.tsx';
import { Door } from './door.tsx';

export function SignIn({ who }: Readonly<{ who: Who }>) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    signIn(name.trim(), password)
      .catch(setError)
      .finally(() => {
        setBusy(false);
        setPassword('');
      });
  };
  if (who.firstRun)
    return (
      <Door
        title="Nobody has a key yet"
        about="The terminal that started this gateway shows a link. It works once, for an hour, and makes the first admin."
      >
        <p className="text-dim">
          Or make a user there: <code className="figure text-ink">npx retrace user add anna --role admin</code>
        </p>
        <Button className="mt-4 w-full" onClick={() => void askWho()}>
          I have made one
        </Button>
      </Door>
    );
  return (
    <Door
      title="Sign in"
      about={who.desk === null ? 'To this gateway.' : `To the desk ${who.desk}${who.mode === null ? '' : `, ${who.mode}`}.`}
    >
      <form onSubmit={submit} className="flex flex-col gap-3">
        <Field label="Name" value={name} onChange={(event) => setName(event.target.value)} autoComplete="username" autoFocus required />
        <Field
          label="Password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          required
        />
        {error === null ? null : <Failed error={error} />}
        <Button look="main" type="submit" disabled={busy}>
          {busy ? 'Signing in …' : 'Sign in'}
        </Button>
        {who.demoOffered ? (
          <Button onClick={() => void signInToDemo().catch(setError)} title="as a trader on paper, at this machine">
            Look at the demonstration
          </Button>
        ) : null}
      </form>
    </Door>
  );
}
