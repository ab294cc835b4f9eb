/**
 * The protocol: one JSON document a line. `{id, do, …}` is answered by `{id, ok: true, answer}` or `{id, ok: false, error: {name, message}}`.
 * Behind the answer to `watch` the lines of both sides are frames of the live protocol, until one says `{id: null, ok: false, …}`: why it ends.
 */
import type { OrderType } from '#engine/decisions.ts';
import type { TimeInForce } from '#engine/execution/order-terms.ts';
import type { Command, Scope } from '#engine/inputs.ts';
import { accountId, instrumentId, orderId, type Side, seqOf, strategyId, type TimeUs } from '#engine/values.ts';
import type { Asked, StopHow } from './port.ts';

export type Request =
  | Readonly<{ do: 'status' }>
  | Readonly<{ do: 'health' }>
  | Readonly<{ do: 'about' }> /** the run file, as the process itself says it */
  | Readonly<{ do: 'watch' }>
  | Readonly<{ do: 'stop'; how: StopHow }>
  | (Readonly<{ do: 'command' }> & Asked);

export type RequestId = string | number;
export type Received = Readonly<{ id: RequestId; request: Request }>;
export type Reply =
  | Readonly<{ id: RequestId | null; ok: true; answer: unknown }>
  | Readonly<{ id: RequestId | null; ok: false; error: Readonly<{ name: string; message: string }> }>;

/** A line that is no request. Its id, where it had one, stands in the reply. */
export class BadRequest extends Error {
  override name = 'BadRequest';
  readonly id: RequestId | null;
  constructor(message: string, id: RequestId | null = null) {
    super(message);
    this.id = id;
  }
}

type Fields = Readonly<Record<string, unknown>>;

export function requestIn(line: string): Received {
  const fields = objectIn(line);
  const { id } = fields;
  if (!isId(id)) throw new BadRequest('id: a text of 1 to 64 characters or a whole number is needed');
  try {
    return { id, request: requestOf(fields) };
  } catch (error) {
    throw new BadRequest((error as Error).message, id);
  }
}

function objectIn(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadRequest('the line is no JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadRequest('the line is no JSON object');
  return value as Fields;
}

const isId = (id: unknown): id is RequestId => (typeof id === 'string' ? id.length > 0 && id.length <= 64 : Number.isSafeInteger(id));

function requestOf(fields: Fields): Request {
  switch (fields['do']) {
    case 'status':
    case 'health':
    case 'about':
    case 'watch':
      only(fields, []);
      return { do: fields['do'] };
    case 'stop': {
      only(fields, ['how']);
      const { how } = fields;
      if (how !== 'graceful' && how !== 'forced') throw new BadRequest(`how: ${shown(how)} is neither graceful nor forced`);
      return { do: 'stop', how };
    }
    case 'command': {
      only(fields, ['key', 'by', 'sawSeq', 'command']);
      const { sawSeq, command } = fields;
      return {
        do: 'command',
        key: words('key', fields['key']),
        by: words('by', fields['by']),
        sawSeq: sawSeq === null || sawSeq === undefined ? null : seqOf(sawSeq as number),
        command: commandOf(command),
      };
    }
    default:
      throw new BadRequest(`do: ${shown(fields['do'])} is not one of status, health, about, watch, stop, command`);
  }
}

/** The engine's commands as they come from outside: every field checked, no other taken. Cash is whole minor units as text. */
export function commandOf(value: unknown): Command {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadRequest('command: an object is needed');
  const fields = value as Fields;
  const take = (...names: string[]): void => only(fields, names, 'command: ');
  switch (fields['do']) {
    case 'Arm':
    case 'Acknowledge': {
      take('scope', 'of');
      const { scope } = fields;
      if (!isScope(scope)) throw new BadRequest(`command: scope: ${shown(scope)} is not one of ${SCOPES.join(', ')}`);
      return { do: fields['do'], scope, of: scope === 'global' ? '*' : words('command: of', fields['of']) };
    }
    case 'Kill':
      take('why');
      return { do: 'Kill', why: words('command: why', fields['why'], 1_000) };
    case 'Disarm':
      take('killedAt');
      return { do: 'Disarm', killedAt: seqOf(fields['killedAt'] as number) };
    case 'Pause':
    case 'Resume':
    case 'Stop':
      take('strategy');
      return { do: fields['do'], strategy: strategyId(fields['strategy'] as string) };
    case 'Flatten':
    case 'AcceptVenue':
      take('account');
      return { do: fields['do'], account: accountId(fields['account'] as string) };
    case 'Reset': {
      take('account', 'cash');
      const { cash } = fields;
      if (typeof cash !== 'string' || !/^\d{1,30}$/.test(cash))
        throw new BadRequest(`command: cash: ${shown(cash)} is not whole minor units as text`);
      return { do: 'Reset', account: accountId(fields['account'] as string), cash: BigInt(cash) };
    }
    case 'CancelOrder':
      take('order');
      return { do: 'CancelOrder', order: orderId(String(fields['order'])) };
    case 'ReplaceOrder':
      take('order', 'lots', 'limit', 'stop');
      return {
        do: 'ReplaceOrder',
        order: orderId(String(fields['order'])),
        lots: whole('command: lots', fields['lots']),
        limit: wholeOrNone('command: limit', fields['limit']),
        stop: wholeOrNone('command: stop', fields['stop']),
      };
    case 'PlaceOrder':
      take('account', 'instrument', 'side', 'type', 'lots', 'limit', 'stop', 'trail', 'expiresAt', 'timeInForce', 'postOnly', 'reduceOnly');
      return {
        do: 'PlaceOrder',
        account: accountId(fields['account'] as string),
        instrument: instrumentId(fields['instrument'] as string),
        ...{ side: fields['side'] as Side, type: fields['type'] as OrderType, timeInForce: fields['timeInForce'] as TimeInForce },
        lots: whole('command: lots', fields['lots']),
        limit: wholeOrNone('command: limit', fields['limit']),
        stop: wholeOrNone('command: stop', fields['stop']),
        trail: wholeOrNone('command: trail', fields['trail']),
        expiresAt: wholeOrNone('command: expiresAt', fields['expiresAt']) as TimeUs | null,
        ...{ postOnly: fields['postOnly'] as boolean, reduceOnly: fields['reduceOnly'] as boolean },
      }; // its words are checked at the desk's own door
    default:
      throw new BadRequest(`command: do: ${shown(fields['do'])} is no command`);
  }
}

export const SCOPES = ['global', 'account', 'strategy', 'instrument'] as const satisfies readonly Scope[];
export const isScope = (value: unknown): value is Scope => (SCOPES as readonly unknown[]).includes(value);

function only(fields: Fields, names: readonly string[], where = ''): void {
  const known = where === '' ? ['id', 'do', ...names] : ['do', ...names];
  const extra = Object.keys(fields).find((name) => !known.includes(name));
  if (extra !== undefined) throw new BadRequest(`${where}${extra.slice(0, 64)}: no such field`);
}

function words(name: string, value: unknown, most = 200): string {
  if (typeof value === 'string' && value.length > 0 && value.length <= most) return value;
  throw new BadRequest(`${name}: a text of 1 to ${most} characters is needed`);
}

function whole(name: string, value: unknown): number {
  if (Number.isSafeInteger(value)) return value as number;
  throw new BadRequest(`${name}: ${shown(value)} is not a whole number`);
}

const wholeOrNone = (name: string, value: unknown): number | null => (value === null || value === undefined ? null : whole(name, value));

const shown = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 80);
