/** Whoever points at a panel reads it: what it shows stands still until they leave. A replay is held by its clock alone: nothing of a later moment stays. */
import { type PointerEvent, useRef, useState } from 'react';
import { useLive } from '../live/live.ts';

export type Hold = Readonly<{
  held: boolean;
  props: Readonly<{ onPointerEnter: (event: PointerEvent) => void; onPointerLeave: () => void }>;
  /** The value, or the one from when it was first held. Call it once for each value, in the same order. */
  keep: <T>(value: T) => T;
}>;

export function useHold(): Hold {
  const [pointed, setHeld] = useState(false);
  const store = useLive();
  const held = pointed && store.view.mode !== 'REPLAY';
  const values = useRef<unknown[]>([]);
  let next = 0;
  return {
    held,
    props: {
      onPointerEnter: ({ pointerType }) => setHeld(pointerType === 'mouse'),
      onPointerLeave: () => setHeld(false),
    },
    keep: (value) => {
      const place = next++;
      if (!held || place >= values.current.length) values.current[place] = value;
      return values.current[place] as typeof value;
    },
  };
}
