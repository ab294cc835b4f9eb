// Which driver carries the gateway, and the sentence that says why. It opens nothing.
import { openNodeServer } from './node.ts';
import type { DriverName, Server, ServerSetup } from './server.ts';
import { findUws, type Machine, thisMachine } from './uws-binary.ts';

/** `auto` takes the fast one where it loads. */
export type Wanted = 'auto' | DriverName;

export type Transport = Readonly<{ driver: DriverName; sentence: string; open(setup: ServerSetup): Server }>;

export class NoSuchDriver extends Error {
  override readonly name = 'NoSuchDriver';
}

export async function chooseTransport(wanted: Wanted, machine: Machine = thisMachine()): Promise<Transport> {
  if (wanted === 'node') return nodeTransport('the settings ask for it');
  const found = findUws(machine);
  if ('missing' in found) {
    if (wanted === 'auto') return nodeTransport(found.missing);
    throw new NoSuchDriver(
      `the settings ask for sockets by uWebSockets.js, but ${found.missing}: set the driver to auto or node, or run Node 20`,
    );
  }
  const { openUwsServer } = await import('./uws.ts');
  return { driver: 'uws', sentence: 'sockets by uWebSockets.js', open: (setup) => openUwsServer(setup, found.uws) };
}

const nodeTransport = (why: string): Transport => ({
  driver: 'node',
  sentence: `sockets by node:http and ws: ${why}`,
  open: openNodeServer,
});
