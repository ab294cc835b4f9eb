/** What holds the desk up: its process, its journal, the line to it, and every actor with its state and how much it says. */
import { Page } from '../../ui/panel.tsx';
import { Actors } from './actors.tsx';
import { Journal } from './journal.tsx';
import { Process } from './process.tsx';
import { ThisPage } from './this-page.tsx';

export function SystemPage() {
  return (
    <Page title="System" className="lg:h-full">
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(0,1fr)] gap-2 lg:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
        <div className="flex min-h-0 flex-col gap-2 lg:overflow-y-auto">
          <Process />
          <Journal />
          <ThisPage />
        </div>
        <Actors />
      </div>
    </Page>
  );
}
