/** The face before anybody is known, and the one for a gateway that does not answer. */
import { Mark } from '../ui/mark.tsx';
import { Failed } from '../ui/states.tsx';

export function Waiting({ error, again }: Readonly<{ error?: Error; again?: () => void }>) {
  return (
    <main className="flex h-full items-center justify-center p-4">
      <div className="flex w-full max-w-sm flex-col items-center gap-4">
        <Mark className="size-9 text-accent" />
        {error === undefined ? (
          <p role="status" className="text-dim">
            Asking the gateway …
          </p>
        ) : (
          <Failed error={error} {...(again === undefined ? {} : { again })} />
        )}
      </div>
    </main>
  );
}
