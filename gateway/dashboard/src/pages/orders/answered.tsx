/** What the desk said to a command on an order: yes and where to look, or no with every clause. */
import { CircleCheck, CircleX } from 'lucide-react';
import type { ReactNode } from 'react';
import type { CommandAnswer } from '../../api.ts';
import { Durable } from '../../ui/figure.tsx';
import { WhyLink } from '../../ui/why-link.tsx';
import { RefusedBy } from './clauses.tsx';
import { namedIn } from './commanding.ts';

export function Answered({ answer, children }: Readonly<{ answer: CommandAnswer; children: ReactNode }>) {
  const refusal = namedIn(answer, 'refusal');
  const order = namedIn(answer, 'order');
  return (
    <div data-answer={answer.ok ? 'yes' : 'no'} className="flex flex-col gap-3">
      <p role="status" className={`flex gap-2 rounded-[5px] p-2 font-medium ${answer.ok ? 'bg-good/12' : 'bg-stop/12'}`}>
        {answer.ok ? (
          <CircleCheck aria-hidden className="mt-px size-4 shrink-0 text-good" />
        ) : (
          <CircleX aria-hidden className="mt-px size-4 shrink-0 text-stop" />
        )}
        <span className="min-w-0 break-words">
          <Durable seq={answer.seq}>{answer.text || (answer.ok ? 'Done.' : answer.why)}</Durable>
        </span>
      </p>
      {order === null ? null : (
        <p>
          Order <WhyLink of={order} />
        </p>
      )}
      {refusal === null ? (
        answer.ok || answer.address === null ? null : (
          <WhyLink of={answer.address}>Why</WhyLink>
        )
      ) : (
        <RefusedBy address={refusal} />
      )}
      <div className="flex flex-wrap justify-end gap-2">{children}</div>
    </div>
  );
}
