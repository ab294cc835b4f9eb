/** What holds the desk up: its process, its journal, the line to it, every actor with its state and how much it says, and the process's own log. */
import { reaches, useWho } from '../../session.ts';
import { Page } from '../../ui/panel.tsx';
import { Actors } from './actors.tsx';
import { Journal } from './journal.tsx';
import { Log } from './log.tsx';
import { Process } from './process.tsx';
import { ThisPage } from './this-page.tsx';

export function SystemPage() {
  const { role } = useWho();
  return (
    <Page title="System" className="lg:h-full">
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
        <div className="flex min-h-0 flex-col gap-2 lg:overflow-y-auto">
          <Process />
          <Journal />
          <ThisPage />
        </div>
        <div className="flex min-h-0 flex-col gap-2">
          <Actors />
          {
            // its lines may name people and addresses
            reaches(role, 'admin') ? <Log /> : null
          }
        </div>
      </div>
    </Page>
  );
}
