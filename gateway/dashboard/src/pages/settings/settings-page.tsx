/** Who may, with which keys, from which browsers; and what this browser shows and tells its person. */
import { reaches, useWho } from '../../session.ts';
import { Page } from '../../ui/panel.tsx';
import { useView } from '../../view.ts';
import { NoticeChoicesPanel } from './notice-choices.tsx';
import { Sessions } from './sessions.tsx';
import { Tokens } from './tokens.tsx';
import { Users } from './users.tsx';
import { Watchlists } from './watchlists.tsx';

export function SettingsPage() {
  const who = useWho();
  const [view, change] = useView();
  const admin = reaches(who.role, 'admin') && !who.demo;
  /** Whose keys are shown; another's only to an admin. */
  const user = admin ? (view['user'] ?? null) : null;
  return (
    <Page title="Settings">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-2 xl:grid-cols-2">
        <NoticeChoicesPanel />
        <Watchlists />
        {who.demo ? <DemoWords /> : null}
        {admin ? <Users chosen={user} choose={(name) => change({ user: name })} /> : null}
        {who.demo ? null : (
          <>
            <Sessions user={user} />
            <Tokens user={user} />
          </>
        )}
      </div>
    </Page>
  );
}

const DemoWords = () => (
  <section className="rounded-lg border border-line bg-panel p-4">
    <h2 className="font-semibold">You are in the demonstration</h2>
    <p className="mt-1 max-w-[60ch] text-dim">
      It trades on paper, at this machine, and has no password, no tokens and no other users. A desk of your own has all of these: make a
      first user with <code className="figure text-ink">npx retrace user add anna --role admin</code> and start it with{' '}
      <code className="figure text-ink">npx retrace run</code>.
    </p>
  </section>
);
