/** Who is signed in, as pages and programs are told, and what somebody sends to get in. */
import { z } from 'zod';

export const sessionDocument = z
  .strictObject({
    signedIn: z.boolean(),
    user: z.string().nullable(),
    role: z.enum(['viewer', 'trader', 'admin']).nullable(),
    by: z.enum(['session', 'token']).nullable(),
    /** Signed in by the demonstration, which is a trader on paper. */
    demo: z.boolean(),
    /** What a page sends as `x-csrf-token` with whatever changes something, and offers as the protocol `csrf.<token>` of a WebSocket. */
    csrf: z.string().nullable(),
    /** When it ends, µs. */
    until: z.int().nullable(),
    /** When the password was shown again, µs, and until when that counts; null: it was not. */
    secondStep: z.strictObject({ at: z.int(), until: z.int() }).nullable(),
    /** There is no user yet: the link in the terminal makes the first. */
    firstRun: z.boolean(),
    /** The demonstration would sign this page in by itself. */
    demoOffered: z.boolean(),
    desk: z.string(),
    mode: z.enum(['BACKTEST', 'PAPER', 'LIVE', 'REPLAY']),
    version: z.string(),
  })
  .meta({ id: 'Session', description: 'who is signed in, and where' });
export type SessionDocument = z.infer<typeof sessionDocument>;

/** Bounded, so that nobody makes us hash a book. */
const password = z.string().min(1).max(1_024);
const name = z.string().min(1).max(200);

export const credentials = z.strictObject({ name, password });
export const passwordOnly = z.strictObject({ password });
export const firstAdmin = z.strictObject({ link: z.string().min(1).max(200), name, password });
