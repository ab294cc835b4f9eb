/** `retrace arm`: lets orders leave where a gate waits for a person to say so. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';
import { OPERATE_FLAGS, operatingFlags, operationOn } from '../operating.ts';

export const addArm = (program: Command): Command =>
  addCommand(program, {
    usage: 'arm [scope] [of]',
    about: 'let orders leave: the desk and every account that wait for it, or one scope (global, account, strategy, instrument)',
    flags: OPERATE_FLAGS,
    examples: [
      ['arm', 'everything that is armed and waits'],
      ['arm account main', 'one account'],
    ],
    run: runArm,
  });

async function runArm({ flags, args }: Asked): Promise<Answer> {
  const asked = operatingFlags(flags);
  const [{ gatesNamed }, { gateLines }, { coloursFor }, { gateTitle }] = await Promise.all([
    import('../compose/gates-named.ts'),
    import('../screen/status-text.ts'),
    import('../screen/terminal.ts'),
    import('../compose/desk-status.ts'),
  ]);
  const named = gatesNamed(flags, args);
  flags.done('arm');
  const operation = await operationOn(asked);
  const { file, status } = operation;
  if (named !== null) {
    const gate = named(status);
    const { scope, of } = gate;
    const now = status.gates.find((one) => one.scope === scope && one.of === of);
    if (now?.state === 'OPEN') return openAlready(`${gateTitle(gate)} is`, [now]);
    await operation.give({ do: 'Arm', scope, of });
    return operation.answer('npx retrace status');
  }
  const above = status.gates.filter(({ scope }) => scope === 'global' || scope === 'account');
  const waiting = above.filter(({ state }) => state === 'ARMED');
  for (const { scope, of } of waiting) await operation.give({ do: 'Arm', scope: scope as 'global', of });
  if (waiting.length > 0) return operation.answer('npx retrace status');
  const shut = above.filter(({ state }) => state !== 'OPEN');
  if (shut.length === 0) return openAlready(`${file.desk} and its accounts are`, above);
  return {
    ok: false,
    fields: {
      desk: file.desk,
      seq: status.seq,
      address: null,
      why: 'nothing waits',
      numbers: [],
      gates: above,
    },
    text: ['Nothing waits to be armed.', ...gateLines(shut, coloursFor(process.stdout)), 'next: npx retrace status'],
  };

  function openAlready(who: string, gates: typeof status.gates): Answer {
    return {
      ok: true,
      fields: { desk: file.desk, seq: status.seq, address: null, why: 'open already', numbers: [], gates },
      text: [`${who} open already.`, 'next: npx retrace status'],
    };
  }
}
