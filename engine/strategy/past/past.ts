/** Versions of bundled strategies that a journal still names after their source changed: each a frozen copy beside this file. None yet. */
import type { Strategy } from '../strategy.ts';

export const PAST: readonly Readonly<{ version: string; strategy: Strategy }>[] = [];
