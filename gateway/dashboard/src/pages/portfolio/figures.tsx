/** Every figure of an account's whole journal. */
import type { Metrics as Said } from '../../asked.ts';
import { useAsked } from '../../asked.ts';
import { Metrics } from '../../ui/metrics.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Failed, Loading } from '../../ui/states.tsx';

export function Figures() {
  const { data, error, refetch } = useAsked<Said>('/api/v1/portfolio/metrics');
  return (
    <Panel title="Figures" {...(data === undefined ? {} : { count: `${data.account}, up to number ${data.seq}` })} className="self-start">
      {error !== null ? (
        <div className="p-3">
          <Failed error={error} again={() => void refetch()} />
        </div>
      ) : data === undefined ? (
        <>
          <p className="px-3 pt-3 text-dim">Playing the whole journal again to count them …</p>
          <Loading lines={8} what="Counting" />
        </>
      ) : (
        <Metrics of={data.metrics} />
      )}
    </Panel>
  );
}
