/** Scans and machines mean the same: the other half of the random days, in a file of its own so that both cores work. */
import { test } from 'vitest';
import { agreeOnDays, DAYS } from './days.ts';

test(`the production desk and the reference desk agree on ${DAYS} more random days`, { timeout: 1_200_000 }, () => agreeOnDays(1));
