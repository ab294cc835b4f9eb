/**
 * A box of its own in the page (a shadow root) for what brings styles of its own: there they are sheets of the box, which the page's policy lets
 * through, where a style element of the page is refused.
 */
import { type RefObject, useEffect, useRef } from 'react';

/** `open` draws into the box and returns what ends it; done anew when it is another function. */
export function useShaded(open: (root: ShadowRoot) => () => void): RefObject<HTMLDivElement | null> {
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const box = host.current!;
    return open(box.shadowRoot ?? box.attachShadow({ mode: 'open' }));
  }, [open]);
  return host;
}
