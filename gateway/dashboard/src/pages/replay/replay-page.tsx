/** A recorded day, watched again: which one, and then the day itself. */
import { useEffect } from 'react';
import type { ReplayAsked, ReplayDocument } from '#gateway/contracts/replays.ts';
import { useWho } from '../../session.ts';
import { Button } from '../../ui/button.tsx';
import { Page, Panel } from '../../ui/panel.tsx';
import { Failed, Loading } from '../../ui/states.tsx';
import { useView } from '../../view.ts';
import { Choose, useOwnJournal } from './choose.tsx';
import { useOpened } from './opened.ts';
import { namedIn, sourceIn } from './replay-address.ts';
import { giveBack, Watching } from './watching.tsx';

const NOWHERE = { journal: null, run: null, at: null, replay: null };

export function ReplayPage() {
  const who = useWho();
  const own = useOwnJournal();
  const [view, change] = useView();
  const named = namedIn(view);
  const [opened, hold, again] = useOpened(named);
  const replay = opened.is === 'open' ? opened.replay : null;
  useEffect(() => {
    if (replay !== null) change({ ...sourceIn(replay.source), replay: replay.id });
  }, [replay, change]);
  const open = (source: ReplayAsked): void => change({ ...NOWHERE, ...sourceIn(source) }, { step: true });
  const join = (found: ReplayDocument): void => {
    hold(found);
    change({ ...NOWHERE, ...sourceIn(found.source), replay: found.id }, { step: true });
  };
  const leave = (): void => {
    if (replay !== null) void giveBack(replay, who.user);
    hold(null);
    change({ ...NOWHERE, only: null, chart: null, tf: null }, { step: true });
  };
  return (
    <Page title="Replay">
      {opened.is === 'opening' ? (
        <Panel title={`Opening ${opened.what}`}>
          <p className="px-3 pt-3 text-dim" role="status">
            Reading the whole record and checking it …
          </p>
          <Loading lines={6} what="Reading the record" />
        </Panel>
      ) : replay === null ? (
        <>
          {opened.is === 'failed' ? (
            <div className="flex flex-col gap-2">
              <Failed error={opened.error} again={again} />
              <div>
                <Button small onClick={leave}>
                  Choose another day
                </Button>
              </div>
            </div>
          ) : null}
          <Choose open={open} join={join} />
        </>
      ) : (
        <Watching
          key={replay.id}
          replay={replay}
          explained={own !== null && 'journal' in replay.source && replay.source.journal === own}
          leave={leave}
          again={(at) => change({ ...sourceIn(replay.source), at, replay: null })}
        />
      )}
    </Page>
  );
}
