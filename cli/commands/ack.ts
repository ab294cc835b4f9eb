/** `retrace ack`: a person has seen why a gate was halted. It does not open it: the venue is reconciled first, then it waits to be armed. */
import type { Command } from 'commander';
import { accountId } from '#engine/values.ts';
import { type Answer, Refused } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import type { NamedGate } from '../compose/gates-named.ts';
import { OPERATE_FLAGS, operatingFlags, operationOn } from '../operating.ts';

export const addAck = (program: Command): Command =>
  addCommand(program, {
    usage: 'ack [scope] [of]',
    about: 'acknowledge a halt, after you know why; without a scope: lists what waits, and acknowledges it when it is one',
    flags: [
      [
        '--accept',
        'for an account: what the venue says is true, also where it cannot be explained; taken over with the next reconciliation',
      ],
      ...OPERATE_FLAGS,
    ],
    examples: [
      ['ack', 'what waits for it, with every reason'],
      ['ack account main --accept', "take the venue's positions and balance over"],
    ],
    run: runAck,
  });

async function runAck({ flags, args }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  const accept = flags.flag('accept');
  const [{ gatesNamed }, { gateLines }, { coloursFor }] = await Promise.all([
    import('../compose/gates-named.ts'),
    import('../screen/status-text.ts'),
    import('../screen/terminal.ts'),
  ]);
  const named = gatesNamed(flags, args);
  if (accept && named !== null && args[0] !== 'account') flags.faults.push(NOT_ACCOUNT);
  flags.done('ack');
  const operation = await operationOn(asked);
  const { file, status } = operation;
  const waiting = status.gates.filter(({ state }) => state === 'HALTED').map(({ scope, of }) => ({ scope, of }) as NamedGate);
  const gate = named?.(status) ?? (waiting.length === 1 ? waiting[0]! : null);
  if (gate === null) {
    const none = waiting.length === 0;
    return {
      ok: none,
      ...(none ? {} : { code: 2 as const }),
      fields: { desk: file.desk, seq: status.seq, address: null, why: none ? 'nothing waits' : 'say which', numbers: [], waiting },
      text: [
        ...(none
          ? ['Nothing waits for an acknowledgment.']
          : [
              'These wait for one; say which:',
              ...gateLines(
                status.gates.filter(({ state }) => state === 'HALTED'),
                coloursFor(process.stdout),
              ),
            ]),
        `next: npx retrace ${none ? 'status' : `ack ${typed(waiting[0]!)}`}`,
      ],
    };
  }
  if (accept) {
    if (gate.scope !== 'account') throw new Refused(2, [NOT_ACCOUNT], `npx retrace ack ${typed(gate)}`);
    const { ok } = await operation.give({ do: 'AcceptVenue', account: accountId(gate.of) });
    if (!ok) return operation.answer();
  }
  await operation.give({ do: 'Acknowledge', ...gate });
  const arm = gate.scope === 'global' || gate.scope === 'account' ? 'arm' : `arm ${typed(gate)}`;
  return operation.answer(`npx retrace status; once it says ARMED, not trading yet: npx retrace ${arm}`);
}

const NOT_ACCOUNT = '--accept: is for the gate of an account, whose venue it believes';
const typed = ({ scope, of }: NamedGate): string => (scope === 'global' ? 'global' : `${scope} ${of}`);
