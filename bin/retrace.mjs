#!/usr/bin/env node
// The command. In a clone it installs and builds first if something changed; otherwise that costs a few milliseconds.
import '../scripts/node-version.mjs';

const { runRetrace } = await import('../scripts/run.mjs');
await runRetrace(process.argv.slice(2));
