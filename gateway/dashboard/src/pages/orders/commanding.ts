/** One command under way: asked once, whatever is pressed meanwhile, with what the desk answered or why it could not be asked. */
import { useRef, useState } from 'react';
import type { CommandAnswer } from '#gateway/contracts/rest-commands.ts';

export type Commanding = Readonly<{
  busy: boolean;
  error: unknown;
  answer: CommandAnswer | null;
  send: (ask: () => Promise<CommandAnswer>) => void;
  again: () => void;
}>;

export function useCommanding(): Commanding {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [answer, setAnswer] = useState<CommandAnswer | null>(null);
  const underWay = useRef(false);
  const send = (ask: () => Promise<CommandAnswer>): void => {
    if (underWay.current) return;
    underWay.current = true;
    setBusy(true);
    setError(null);
    ask()
      .then(setAnswer, setError)
      .finally(() => {
        underWay.current = false;
        setBusy(false);
      });
  };
  const again = (): void => {
    setAnswer(null);
    setError(null);
  };
  return { busy, error, answer, send, again };
}

/** An address that an answer names, `refusal` or `order`. */
export function namedIn({ numbers }: CommandAnswer, name: string): string | null {
  const found = Array.isArray(numbers) ? (numbers as [string, unknown][]).find(([one]) => one === name) : undefined;
  return found === undefined ? null : String(found[1]);
}
