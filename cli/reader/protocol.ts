/** What the desk's thread and a reading thread say to each other. */
import type { QuestionName } from './answers.ts';

/** What a reading thread is begun with. */
export type ReaderData = Readonly<{ folder: string; withinMs: number }>;
export type ToReader = Readonly<{ do: 'ask'; id: number; question: QuestionName; asked: unknown }> | Readonly<{ do: 'drop'; id: number }>;
export type FromReader =
  | Readonly<{ id: number; said: unknown; error: null }>
  /** An error that crosses threads keeps no class of its own. */
  | Readonly<{ id: number; said: null; error: ErrorSaid }>;
export type ErrorSaid = Readonly<{ name: string; message: string; stack: string; field: string | null; remedy: string | null }>;
