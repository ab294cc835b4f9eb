/** Round every page: the mode as a colour and a word, where one can go, the line's state, and the kill switch. */
import { Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { LineMeant, useFramed, useLineOf } from '../live/live.ts';
import { setLook, setPalette, useLook } from '../look.ts';
import { Notices } from '../notices/notices.tsx';
import { PAGES, pageAt } from '../pages.ts';
import { reaches, signOut, useWho } from '../session.ts';
import { Toasts } from '../ui/toasts.tsx';
import { type Action, hearKeys, useActions } from './actions.ts';
import { useKillSwitch } from './kill.tsx';
import { LineBanner } from './line-banner.tsx';
import { Nav } from './nav.tsx';
import { useTitle } from './title.ts';
import { TopBar } from './top-bar.tsx';

const loadPalette = () => import('./palette.tsx');
const Palette = lazy(() => loadPalette().then(({ Palette }) => ({ default: Palette })));
const Help = lazy(() => import('./help.tsx').then(({ Help }) => ({ default: Help })));

export function Frame() {
  const who = useWho();
  const framed = useFramed();
  const line = useLineOf(framed);
  const navigate = useNavigate();
  const seen = useLook();
  const [open, setOpen] = useState<'palette' | 'help' | null>(null);
  const kill = useKillSwitch();
  const path = useRouterState({ select: ({ location }) => location.pathname });
  const here = pageAt(path);
  const mode = line.mode ?? who.mode;
  useTitle({ page: here?.title ?? 'Retrace', mode, desk: line.desk ?? who.desk });
  useEffect(() => {
    window.addEventListener('keydown', hearKeys);
    // there before it is asked for: whoever types at once behind the keys loses no letter
    const early = window.setTimeout(() => void loadPalette(), 1_000);
    return () => {
      window.removeEventListener('keydown', hearKeys);
      window.clearTimeout(early);
    };
  }, []);
  const pages = PAGES.filter(({ least }) => reaches(who.role, least));
  useActions([
    ...pages.map(
      ({ path, title, about, key }): Action => ({
        ...{ id: `go ${path}`, name: title, group: 'Go to', keys: `g ${key}`, words: about },
        run: () => void navigate({ to: path } as never),
      }),
    ),
    { id: 'palette', name: 'Find an action or a page', group: 'This page', keys: 'Mod+k', run: () => setOpen('palette') },
    { id: 'help', name: 'Keys and what they do', group: 'This page', keys: '?', run: () => setOpen('help') },
    {
      ...{ id: 'look', name: seen.dark ? 'Light page' : 'Dark page', group: 'This page', keys: 't', words: 'theme dark light' },
      run: () => setLook(seen.dark ? 'light' : 'dark'),
    },
    {
      ...{ id: 'colours', name: seen.palette === 'blind' ? 'Green and red' : 'Blue and orange for gain and loss', group: 'This page' },
      ...{ keys: null, words: 'colour blind palette theme' },
      run: () => setPalette(seen.palette === 'blind' ? 'standard' : 'blind'),
    },
    { id: 'sign-out', name: 'Sign out', group: 'You', keys: null, run: () => void signOut() },
  ]);
  const still = line.state.is === 'open';
  return (
    <div className="flex h-full flex-col border-[3px] border-mode" data-line={line.state.is} data-seq={line.seq}>
      <LineMeant value={framed}>
        <TopBar mode={mode} kill={kill.open} find={() => setOpen('palette')} />
        <LineBanner />
      </LineMeant>
      <div className="flex min-h-0 flex-1 max-sm:flex-col-reverse">
        <Nav pages={pages} here={here?.path ?? null} />
        <main
          id="page"
          tabIndex={-1}
          className={`min-h-0 min-w-0 flex-1 overflow-auto outline-none ${still || line.epoch === null ? '' : 'stale'}`}
        >
          <Outlet />
        </main>
      </div>
      {kill.dialog}
      <Suspense fallback={null}>
        {open === 'palette' ? <Palette close={() => setOpen(null)} /> : null}
        {open === 'help' ? <Help close={() => setOpen(null)} /> : null}
      </Suspense>
      <Notices />
      <Toasts />
    </div>
  );
}
