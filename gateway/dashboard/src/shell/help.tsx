/** Every key and what it does here, made of what is offered at this moment. */
import { Dialog } from '../ui/dialog.tsx';
import { Keys } from '../ui/keys.tsx';
import { keysText, useOffered } from './actions.ts';

export function Help({ close }: Readonly<{ close: () => void }>) {
  const actions = useOffered().filter(({ keys }) => keys !== null);
  const groups = [...new Set(actions.map(({ group }) => group))];
  return (
    <Dialog title="Keys" close={close} wide>
      <div className="grid gap-x-8 gap-y-4 pt-1 sm:grid-cols-2">
        {groups.map((group) => (
          <section key={group} aria-label={group}>
            <h3 className="mb-1 text-2xs font-medium text-faint">{group}</h3>
            <dl>
              {actions
                .filter((action) => action.group === group)
                .map(({ id, name, keys }) => (
                  <div key={id} className="flex min-h-7 items-center justify-between gap-3">
                    <dt>{name}</dt>
                    <dd>
                      <Keys of={keysText(keys!)} />
                    </dd>
                  </div>
                ))}
            </dl>
          </section>
        ))}
      </div>
      <p className="mt-4 text-xs text-faint">
        A number with a dotted line under it is told and not on the disk yet. Point at a panel and it stands still until you leave.
      </p>
    </Dialog>
  );
}
