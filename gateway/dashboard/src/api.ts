/** Asks the gateway over HTTP. What it refuses is an error that says why and what to do; a second step it wants is taken and the same is asked again. */
import type { Problem as Said } from '#gateway/contracts/rest.ts';
import type { CommandAnswer } from '#gateway/contracts/rest-commands.ts';

export type { CommandAnswer };
export type FieldFault = Said['fields'][number];

/** A refusal, as the gateway says it; or that there was no answer. */
export class Problem extends Error {
  override readonly name = 'Problem';
  /** 0: no answer came. */
  readonly status: number;
  readonly kind: string;
  readonly title: string;
  readonly remedy: string | null;
  readonly fields: readonly FieldFault[];
  constructor(status: number, kind: string, title: string, detail: string, remedy: string | null, fields: readonly FieldFault[] = []) {
    super(detail);
    this.status = status;
    this.kind = kind;
    this.title = title;
    this.remedy = remedy;
    this.fields = fields;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** Longer than a desk waits for its disk; beyond it a person should know that there is no answer. */
const COMMAND_MS = 15_000;
/** `key` null: what is asked changes nothing, and may be asked as often as one likes. */
type Ask = Readonly<{ body?: unknown; signal?: AbortSignal; key?: string | null }>;

/** Who keeps the token of the session, and who shows a person the question for the password once more; set by session.ts and the second step. */
export const house: {
  csrf: () => string | null;
  /** True: shown again, ask once more. */
  secondStep: (why: string) => Promise<boolean>;
  signedOut: () => void;
} = { csrf: () => null, secondStep: async () => false, signedOut: () => {} };

export async function api<Answer>(method: Method, path: string, ask: Ask = {}): Promise<Answer> {
  // of one wish one key, however often it must be sent: it is done once
  const key = ask.key === undefined ? (method === 'GET' ? null : crypto.randomUUID()) : ask.key;
  try {
    return await once<Answer>(method, path, { ...ask, key });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.kind === 'not-signed-in') house.signedOut();
    // a refusal may be kept under the key: the second asking is another
    if (error.kind !== 'second-step' || !(await house.secondStep(error.message))) throw error;
    return once<Answer>(method, path, { ...ask, key: key === null ? null : crypto.randomUUID() });
  }
}

async function once<Answer>(method: Method, path: string, { body, signal, key = null }: Ask): Promise<Answer> {
  const headers: Record<string, string> = { accept: 'application/json' };
  const token = house.csrf();
  if (method !== 'GET' && token !== null) headers['x-csrf-token'] = token;
  if (body !== undefined) headers['content-type'] = 'application/json';
  if (key !== null) headers['idempotency-key'] = key;
  const answer = await fetch(path, {
    method,
    headers,
    credentials: 'same-origin',
    cache: 'no-store',
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    if (error instanceof DOMException && error.name === 'TimeoutError')
      throw new Problem(
        0,
        'late',
        'No answer yet',
        `the desk did not answer within ${COMMAND_MS / 1_000} s: what was asked may be done already, or still be done`,
        'at the machine: npx retrace status says how it is, npx retrace kill stops everything, also when the desk hangs',
      );
    throw new Problem(0, 'no-answer', 'No answer', 'the gateway could not be reached', 'see whether it runs: npx retrace status');
  });
  const text = await answer.text();
  const said: unknown = text === '' ? null : parsed(text);
  if (answer.ok) return said as Answer;
  throw problemOf(answer.status, said);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function problemOf(status: number, said: unknown): Problem {
  const { type, title, detail, remedy, fields } = (typeof said === 'object' && said !== null ? said : {}) as Partial<Said>;
  const kind = type?.split('/').at(-1) ?? 'unknown';
  return new Problem(
    status,
    kind,
    title ?? 'Refused',
    detail ?? `the gateway answered ${status} and no reason`,
    remedy ?? null,
    fields ?? [],
  );
}

/** The desk's own decision on what a person asks of it; `ok` false is an answer too. */
export const command = (name: string, body: Readonly<Record<string, unknown>>): Promise<CommandAnswer> =>
  api<CommandAnswer>('POST', `/api/v1/${name}`, { body, signal: AbortSignal.timeout(COMMAND_MS) });
