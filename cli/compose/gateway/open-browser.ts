/** Opens an address in the browser of whoever sits at this machine. Where there is no desktop, or nothing opens it, nothing happens: the address was printed. */
import { spawn } from 'node:child_process';

type Machine = Readonly<{ platform: NodeJS.Platform; env: Readonly<Record<string, string | undefined>>; terminal: boolean }>;

/** The program that opens addresses there; null: nobody sits at this machine, or reads the address elsewhere. */
export function openerOf({ platform, env, terminal }: Machine): readonly [command: string, ...args: string[]] | null {
  if (!terminal || env['CI'] === 'true' || env['SSH_CONNECTION'] !== undefined) return null;
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['cmd', '/c', 'start', '""'];
  return env['DISPLAY'] === undefined && env['WAYLAND_DISPLAY'] === undefined ? null : ['xdg-open'];
}

export function openInBrowser(address: string): void {
  const opener = openerOf({ platform: process.platform, env: process.env, terminal: process.stdout.isTTY === true });
  if (opener === null) return;
  const [command, ...args] = opener;
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
  child.on('error', () => {}); // no such program: the address stands in the terminal
  child.unref();
}
