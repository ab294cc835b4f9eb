/** The machine that a step of an explanation moved, or the reason why it moved none. */
import type { RestDecision } from '#gateway/contracts/rest-journal.ts';
import { type Explanation, useAsked, useMachines } from '../../asked.ts';
import { Empty, Failed, Loading } from '../../ui/states.tsx';
import { MachineDrawing } from './machine-drawing.tsx';
import { isMove, movedBy, standingOf } from './machine-of.ts';

export function MachineBeside({ of }: Readonly<{ of: Explanation['chain'][number] }>) {
  const standing = standingOf(of);
  const machines = useMachines();
  const decision = useAsked<RestDecision>(isMove(of.type) ? `/api/v1/decisions/${of.address}` : null);
  if (standing === null && !isMove(of.type))
    return <Empty title="No machine moved in this step.">It is a fact, a number or a judgement. Choose a step with a filled point.</Empty>;
  const error = machines.error ?? decision.error;
  if (error !== null)
    return (
      <div className="p-3">
        <Failed error={error} again={() => void Promise.all([machines.refetch(), decision.refetch()])} />
      </div>
    );
  const moved = standing ?? (decision.data === undefined ? null : movedBy(decision.data));
  const machine = machines.data?.items.find((one) => one.machine === moved?.machine);
  return moved === null || machine === undefined ? (
    <Loading lines={5} what="Reading the machine" />
  ) : (
    <MachineDrawing machine={machine} moved={moved} />
  );
}
