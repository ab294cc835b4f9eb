/** Whoever points at a panel reads it: what it shows stands still until they leave. */
import { type PointerEvent, useRef, useState } from 'react';

export type Hold = Readonly<{
  held: boolean;
  props: Readonly<{ onPointerEnter: (event: PointerEvent) => void; onPointerLeave: () => void }>;
  /** The value, or the one from when it was first held. Call it once for each value, in the same order. */
  keep: <T>(value: T) => T;
}>;

export function useHold(): Hold {
  const [held, setHeld] = useState(false);
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
