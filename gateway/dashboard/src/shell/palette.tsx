/** Finds any action or page by a few letters. */
import { Command } from 'cmdk';
import { Dialog } from '../ui/dialog.tsx';
import { Keys } from '../ui/keys.tsx';
import { keysText, useOffered } from './actions.ts';

export function Palette({ close }: Readonly<{ close: () => void }>) {
  const actions = useOffered().filter(({ id }) => id !== 'palette');
  // where to go first: whoever presses Enter too early lands on a page and not in a question
  const groups = [...new Set(['Go to', ...actions.map(({ group }) => group)])];
  return (
    <Dialog title="Find" close={close} wide>
      <Command label="Actions and pages" loop className="outline-none">
        <Command.Input
          data-begin
          placeholder="A page, an action …"
          className="mb-2 h-9 w-full rounded-[5px] border border-edge bg-ground px-3 text-base"
        />
        <Command.List className="max-h-[50dvh] overflow-y-auto">
          <Command.Empty className="p-4 text-center text-dim">Nothing here is called so.</Command.Empty>
          {groups.map((group) => (
            <Command.Group
              key={group}
              heading={group}
              className="[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-2xs [&_[cmdk-group-heading]]:font-medium [&_[cmdk-group-heading]]:text-faint"
            >
              {actions
                .filter((action) => action.group === group)
                .map(({ id, name, keys, words, blocked, run }) => (
                  <Command.Item
                    key={id}
                    value={`${name} ${id}`}
                    keywords={words === undefined ? [] : words.split(' ')}
                    disabled={(blocked ?? null) !== null}
                    onSelect={() => {
                      close();
                      // behind the closing, so that what it opens gets the keyboard
                      window.setTimeout(run, 0);
                    }}
                    className="flex h-8 cursor-pointer items-center gap-2 rounded-[5px] px-2 data-[disabled=true]:cursor-default data-[disabled=true]:text-faint data-[selected=true]:bg-raised"
                  >
                    <span className="truncate">{name}</span>
                    {(blocked ?? null) === null ? null : <span className="truncate text-xs text-faint">{blocked}</span>}
                    {keys === null ? null : (
                      <span className="ml-auto">
                        <Keys of={keysText(keys)} />
                      </span>
                    )}
                  </Command.Item>
                ))}
            </Command.Group>
          ))}
        </Command.List>
      </Command>
    </Dialog>
  );
}
