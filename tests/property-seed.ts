/** Loaded before each test file when PROPERTY_SEED is set: every random test starts from that seed. */

import fc from 'fast-check';

const seed = Number(process.env['PROPERTY_SEED']);
if (!Number.isSafeInteger(seed)) throw new Error(`PROPERTY_SEED is ${process.env['PROPERTY_SEED']}; give a whole number.`);
fc.configureGlobal({ seed });
