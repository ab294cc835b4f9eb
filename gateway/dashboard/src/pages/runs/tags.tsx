/** Words to find a run by, written where they stand; and the way out of the catalogue, which asks first. */
import { useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { api } from '../../api.ts';
import { reaches, useWho } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Failed } from '../../ui/states.tsx';
import { toast } from '../../ui/toasts.tsx';

const NOT_YOURS = 'a kept run does not say whose it is: only an admin changes it';

/** What was read of the catalogue holds no longer. */
function useCatalogueChanged(): () => void {
  const client = useQueryClient();
  return () =>
    void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey.some((part) => /^\/api\/v1\/runs([?/]|$)/.test(String(part))) });
}

export function Tags({ run, tags }: Readonly<{ run: string; tags: readonly string[] }>) {
  const who = useWho();
  const changed = useCatalogueChanged();
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const save = (event: FormEvent): void => {
    event.preventDefault();
    const words = (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
    api('PATCH', `/api/v1/runs/${encodeURIComponent(run)}`, { body: { tags: words } }).then(() => {
      setText(null);
      setError(null);
      changed();
    }, setError);
  };
  if (text === null)
    return (
      <span className="flex flex-wrap items-center gap-1">
        {tags.length === 0 ? <span className="text-faint">none</span> : null}
        {tags.map((tag) => (
          <span key={tag} data-tag={tag} className="rounded-[4px] bg-raised px-1.5 text-xs">
            {tag}
          </span>
        ))}
        <Button small look="quiet" blocked={reaches(who.role, 'admin') ? null : NOT_YOURS} onClick={() => setText(tags.join(' '))}>
          Change
        </Button>
      </span>
    );
  return (
    <form onSubmit={save} className="flex flex-wrap items-center gap-1">
      <input
        // biome-ignore lint/a11y/noAutofocus: whoever pressed Change types next
        autoFocus
        aria-label="Tags, with spaces between them"
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={({ key }) => {
          if (key === 'Escape') setText(null);
        }}
        spellCheck={false}
        className="figure h-6 min-w-32 flex-1 rounded-[5px] border border-edge bg-ground px-2 text-xs"
      />
      <Button small type="submit">
        Keep
      </Button>
      <Button small look="quiet" onClick={() => setText(null)}>
        Leave it
      </Button>
      {error === null ? null : <Failed error={error} />}
    </form>
  );
}

export function Remove({ run, gone }: Readonly<{ run: string; gone: () => void }>) {
  const who = useWho();
  const changed = useCatalogueChanged();
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const remove = (): void =>
    void api('DELETE', `/api/v1/runs/${encodeURIComponent(run)}`).then(() => {
      toast('calm', 'It was taken out of the catalogue', run);
      changed();
      gone();
    }, setError);
  return (
    <>
      <Button small look="quiet" blocked={reaches(who.role, 'admin') ? null : NOT_YOURS} onClick={() => setAsking(true)}>
        <Trash2 aria-hidden className="size-3" /> Delete
      </Button>
      {asking ? (
        <Dialog title="Delete this run?" close={() => setAsking(false)} tone="danger">
          <p>
            <span className="figure break-all">{run}</span> is taken out of the catalogue, with its journal. The same command makes it
            again, hash for hash; that it was tried stays counted.
          </p>
          {error === null ? null : <Failed error={error} />}
          <div className="mt-3 flex justify-end gap-2">
            <Button data-first onClick={() => setAsking(false)}>
              Keep it
            </Button>
            <Button look="danger" onClick={remove}>
              Delete
            </Button>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
