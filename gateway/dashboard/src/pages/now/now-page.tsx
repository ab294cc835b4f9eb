/** What the desk knows at this moment, and why it may or may not act. */
import { Page } from '../../ui/panel.tsx';

export function NowPage() {
  return <Page title="Now">.</Page>;
}
