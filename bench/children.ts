/** The parts of a bench that are processes of their own: the same program in another role, spoken with by messages. */
import { type ChildProcess, spawn } from 'node:child_process';

export function child(as: string): ChildProcess {
  return spawn(process.execPath, [process.argv[1]!, as], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}
/** Its next word. */
export function said<T>(from: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    from.once('message', (value) => resolve(value as T));
    from.once('exit', (code) => reject(new Error(`a part of the bench ended with ${code}`)));
  });
}
export function ask<T>(of: ChildProcess, what: object | string): Promise<T> {
  const answer = said<T>(of);
  of.send(what as object);
  return answer;
}
export function gone(one: ChildProcess): Promise<void> {
  return new Promise((resolve) => (one.exitCode === null ? one.once('exit', () => resolve()) : resolve()));
}
export function close(one: ChildProcess): Promise<void> {
  const ended = gone(one);
  if (one.connected) one.disconnect();
  return ended;
}
