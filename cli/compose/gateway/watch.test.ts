import { expect, test } from 'vitest';
import type { Decision } from '#engine/decisions.ts';
import type { DeskTopics } from '#gateway/live/desk-topics.ts';
import type { ControlWatchers } from './control-watchers.ts';
import { Watch } from './desk-gateway.ts';

test('what cannot be told is told of once, and never stops the desk that decided it', () => {
  const watch = new Watch();
  const heard: string[] = [];
  const topics = {
    decided() {
      heard.push('decided');
      throw new Error('no words');
    },
  } as unknown as DeskTopics;
  const failed: unknown[] = [];
  watch.begin(topics, {} as ControlWatchers, (error) => void failed.push(error));
  watch.decided({} as Decision);
  watch.decided({} as Decision);
  expect([heard.length, failed.length]).toEqual([1, 1]);
});
