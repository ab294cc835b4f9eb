// The contract of the gateway's sockets, kept by uWebSockets.js wherever its binary loads.
import { describe, test } from 'vitest';
import { openUwsServer } from '#gateway/transport/uws.ts';
import { findUws, thisMachine } from '#gateway/transport/uws-binary.ts';
import { describeTransport } from './contracts/transport.ts';

const found = findUws(thisMachine());
if ('uws' in found) describeTransport('uWebSockets.js', (setup) => openUwsServer(setup, found.uws));
else describe('transport: uWebSockets.js', () => test(`not run: ${found.missing}`, ({ skip }) => skip(found.missing)));
