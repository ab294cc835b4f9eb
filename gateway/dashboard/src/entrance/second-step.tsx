/** Asks for the password once more where the gateway wants it; what was asked of it then goes on by itself. */
import { type FormEvent, useEffect, useState } from 'react';
import { house } from '../api.ts';
import { takeSecondStep, who } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Failed } from '../ui/states.tsx';

type Asked = Readonly<{ why: string; answer: (taken: boolean) => void }>;

export function SecondStepAsker() {
  const [asked, setAsked] = useState<Asked | null>(null);
  useEffect(() => {
    house.secondStep = (why) => {
      if (who()?.demo === true) return Promise.resolve(false); // it has no password
      return new Promise((answer) => setAsked({ why, answer }));
    };
    return () => {
      house.secondStep = async () => false;
    };
  }, []);
  if (asked === null) return null;
  const end = (taken: boolean): void => {
    setAsked(null);
    asked.answer(taken);
  };
  return <SecondStep why={asked.why} end={end} />;
}

function SecondStep({ why, end }: Readonly<{ why: string; end: (taken: boolean) => void }>) {
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    takeSecondStep(password).then(
      () => end(true),
      (fault: unknown) => {
        setError(fault);
        setBusy(false);
      },
    );
  };
  return (
    <Dialog title="Your password once more" close={() => end(false)}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        <p className="text-dim">The gateway says: {why}. It then holds for a quarter of an hour, here only.</p>
        <Field
          label="Password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          data-begin
          required
        />
        {error === null ? null : <Failed error={error} />}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={() => end(false)}>
            Leave it
          </Button>
          <Button look="main" type="submit" disabled={busy}>
            Go on
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
