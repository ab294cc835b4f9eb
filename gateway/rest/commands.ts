/** What a person commands of the desk: each becomes an input, and is answered by the desk's own decision. Nothing is decided here. */
import { randomUUID } from 'node:crypto';
import { BadDecimal, minorOf } from '#engine/decimal.ts';
import type { Command } from '#engine/inputs.ts';
import type { AccountId, StrategyId } from '#engine/values.ts';
import {
  accountBody,
  acknowledgeBody,
  armBody,
  type CommandAnswer,
  commandAnswer,
  disarmBody,
  killBody,
  resetBody,
  strategyBody,
} from '../contracts/rest-commands.ts';
import { type Route, route } from '../http/router.ts';
import { callerOf, nameOf } from '../serve/admission.ts';
import type { Request } from '../transport/server.ts';
import { userOf } from './callers.ts';
import { ofAccount, ofScope, ofStrategy } from './live-accounts.ts';
import type { RestPorts } from './ports.ts';
import { answered, wrongField } from './problems.ts';

type CommandPorts = Pick<RestPorts, 'desk'>;

/** Sent twice under one Idempotency-Key it is one command to the desk too, also when the gateway was started anew in between. */
export function commanded(ports: CommandPorts, request: Request, command: Command, saw: number | null | undefined): Promise<CommandAnswer> {
  const caller = callerOf(request);
  const key = request.headers['idempotency-key'];
  return answered(
    () =>
      ports.desk.command({
        key: key === undefined ? randomUUID() : `${userOf(caller) ?? ''} ${key}`,
        by: nameOf(caller),
        saw: saw ?? null,
        command,
      }),
    'body',
  );
}

export function commandRoutes(ports: CommandPorts): Route[] {
  const { desk } = ports;
  const { parts } = desk.desk;
  const out = { 200: commandAnswer };
  const tags = ['commands'];
  const give = async (request: Request, command: Command, saw: number | null | undefined) =>
    ({ status: 200, body: await commanded(ports, request, command, saw) }) as const;
  return [
    route({
      ...{ route: 'POST /api/v1/kill', summary: 'Stop everything: cancel what works, let nothing out', tags, body: killBody, out },
      handle: ({ body: { why, saw }, request }) => give(request, { do: 'Kill', why }, saw),
    }),
    route({
      ...{ route: 'POST /api/v1/disarm', summary: 'Lift a kill, by its number', tags, body: disarmBody, out },
      about: () => ofScope(parts, 'global', '*'),
      handle: ({ body: { killedAt, saw }, request }) => give(request, { do: 'Disarm', killedAt }, saw),
    }),
    route({
      ...{ route: 'POST /api/v1/arm', summary: 'Open a gate that waits for its person', tags, body: armBody, out },
      about: ({ body: { scope, of } }) => ofScope(parts, scope, of),
      handle: ({ body: { scope, of, saw }, request }) => give(request, { do: 'Arm', scope, of }, saw),
    }),
    route({
      ...{ route: 'POST /api/v1/ack', summary: 'Acknowledge a halt', tags, body: acknowledgeBody, out },
      about: ({ body: { scope, of } }) => ofScope(parts, scope, of),
      handle: ({ body: { scope, of, saw }, request }) => give(request, { do: 'Acknowledge', scope, of }, saw),
    }),
    route({
      ...{ route: 'POST /api/v1/pause', summary: 'Keep a strategy from new risk', tags, body: strategyBody, out },
      handle: ({ body: { strategy, saw }, request }) => give(request, { do: 'Pause', strategy: strategy as StrategyId }, saw),
    }),
    route({
      ...{ route: 'POST /api/v1/resume', summary: 'Let a paused strategy run again', tags, body: strategyBody, out },
      about: ({ body: { strategy } }) => ofStrategy(parts, strategy),
      handle: ({ body: { strategy, saw }, request }) => give(request, { do: 'Resume', strategy: strategy as StrategyId }, saw),
    }),
    route({
      ...{ route: 'POST /api/v1/stop', summary: 'Stop a strategy for good', tags, body: strategyBody, out },
      handle: ({ body: { strategy, saw }, request }) => give(request, { do: 'Stop', strategy: strategy as StrategyId }, saw),
    }),
    route({
      ...{
        route: 'POST /api/v1/flatten',
        summary: 'Cancel what works on an account and close what it holds',
        tags,
        body: accountBody,
        out,
      },
      handle: ({ body: { account, saw }, request }) => give(request, { do: 'Flatten', account: account as AccountId }, saw),
    }),
    route({
      ...{ route: 'POST /api/v1/accept-venue', summary: "Take the venue's truth over", tags, body: accountBody, out },
      about: ({ body: { account } }) => ofAccount(parts, account),
      handle: ({ body: { account, saw }, request }) => give(request, { do: 'AcceptVenue', account: account as AccountId }, saw),
    }),
    route({
      ...{ route: 'POST /api/v1/reset', summary: 'Let a paper account begin again', tags, body: resetBody, out },
      about: ({ body: { account } }) => ofAccount(parts, account),
      handle: ({ body: { account, cash, saw }, request }) =>
        give(request, { do: 'Reset', account: account as AccountId, cash: cashOf(ports, account, cash) }, saw),
    }),
  ];
}

function cashOf({ desk }: CommandPorts, account: string, text: string): bigint {
  const { all, byId } = desk.desk.parts.accounts;
  const spec = byId.get(account)?.spec;
  if (spec === undefined)
    throw wrongField('body.account', `there is no account ${account}`, `one of ${all.map(({ spec: { id } }) => id).join(', ') || 'none'}`);
  try {
    const cash = minorOf(text, spec.currencyScale);
    if (cash <= 0n) throw new BadDecimal(`${text} is nothing to begin with`);
    return cash;
  } catch (error) {
    if (!(error instanceof BadDecimal)) throw error;
    throw wrongField(
      'body.cash',
      error.message,
      `an amount above 0 of ${spec.currency} with at most ${spec.currencyScale} digits after the point`,
    );
  }
}
