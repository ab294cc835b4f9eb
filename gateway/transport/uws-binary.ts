// Finds the native part of uWebSockets.js for this Node and machine. It never takes the package's own way in, which falls back to a JavaScript
// imitation without saying so to the program.

import type * as Uws from 'uWebSockets.js';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

export type UwsModule = Pick<typeof Uws, 'App' | 'SSLApp' | 'us_listen_socket_close' | 'us_socket_local_port' | 'DISABLED' | '_cfg'>;

export type UwsFound = Readonly<{ uws: UwsModule }> | Readonly<{ missing: string }>;

export type Machine = Readonly<{ platform: string; arch: string; modules: string; node: string }>;

export const thisMachine = (): Machine => ({
  ...{ platform: process.platform, arch: process.arch },
  ...{ modules: process.versions.modules ?? '', node: process.versions.node },
});

export function findUws(machine: Machine): UwsFound {
  const load = createRequire(import.meta.url);
  const { platform, arch, modules, node } = machine;
  let folder: string;
  try {
    folder = dirname(load.resolve('uWebSockets.js/package.json'));
  } catch {
    return { missing: 'uWebSockets.js is not installed' };
  }
  const name = `uws_${platform}_${arch}_${modules}.node`;
  // The author's own releases keep them at the top.
  const path = [join(folder, 'binaries', name), join(folder, name)].find(existsSync);
  if (path === undefined) return { missing: `uWebSockets.js has no binary for Node ${node.split('.')[0]} on ${platform} ${arch}` };
  try {
    const uws = load(path) as UwsModule;
    uws._cfg('999999990007'); // its name for: no header that names the server
    return { uws };
  } catch (error) {
    return { missing: `the binary of uWebSockets.js does not load here: ${(error as Error).message.split('\n')[0]}` };
  }
}
