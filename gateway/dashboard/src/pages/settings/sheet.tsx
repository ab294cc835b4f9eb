/** A form in a dialog that sends one change, shows why it was refused, and goes when it is done. */
import type { FormEvent, ReactNode } from 'react';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed } from '../../ui/states.tsx';
import { type Change, useChange } from './people.ts';

type Props = Readonly<{
  title: string;
  done: string;
  change: ReturnType<typeof useChange>;
  wish: Change;
  close: () => void;
  children: ReactNode;
}>;

export function Sheet({ title, done, change, wish, close, children }: Props) {
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    change.mutate(wish, { onSuccess: close });
  };
  return (
    <Dialog title={title} close={close}>
      <form onSubmit={submit} className="flex flex-col gap-3">
        {children}
        {change.isError ? <Failed error={change.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button look="quiet" onClick={close}>
            Leave it
          </Button>
          <Button look="main" type="submit" disabled={change.isPending}>
            {done}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** One change that is asked for once more. */
export function AskFirst({
  title,
  words,
  change: wish,
  close,
}: Readonly<{ title: string; words: string; change: Change; close: () => void }>) {
  const change = useChange<unknown>();
  return (
    <Sheet title={title} done="Do it" change={change} wish={wish} close={close}>
      <p className="text-dim">{words}</p>
    </Sheet>
  );
}
