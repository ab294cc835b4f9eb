/** Commands that bring a run back at a terminal, each to be copied. */
import { Check, Copy } from 'lucide-react';
import { useState } from 'react';
import type { RestRunDetail } from '#gateway/contracts/rest-runs.ts';
import { Button } from '../../ui/button.tsx';
import { Panel } from '../../ui/panel.tsx';
import { toast } from '../../ui/toasts.tsx';
import { commandsOf } from './run-words.ts';

export const Commands = ({ of }: Readonly<{ of: RestRunDetail }>) => (
  <Panel title="At a terminal">
    <ul>
      {commandsOf(of).map(({ what, command, note }) => (
        <li key={command} className="border-t border-line/60 px-3 py-1.5 first:border-t-0">
          <p className="text-xs text-dim">{what}</p>
          <CommandLine command={command} />
          {note === null ? null : <p className="text-2xs text-faint">{note}</p>}
        </li>
      ))}
    </ul>
  </Panel>
);

export function CommandLine({ command }: Readonly<{ command: string }>) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    const said = navigator.clipboard?.writeText(command) ?? Promise.reject(new Error('this browser gives no clipboard here'));
    said.then(
      () => {
        setCopied(true);
        window.setTimeout(() => setCopied(false), 1_500);
      },
      (error: unknown) => toast('warn', 'It was not copied', error instanceof Error ? error.message : String(error)),
    );
  };
  return (
    <div className="flex items-start gap-2">
      <code data-command className="figure min-w-0 flex-1 text-xs break-words whitespace-normal select-all">
        {command}
      </code>
      <Button small look="quiet" aria-label={`Copy: ${command}`} onClick={copy}>
        {copied ? <Check aria-hidden className="size-3 text-good" /> : <Copy aria-hidden className="size-3" />}
      </Button>
    </div>
  );
}
