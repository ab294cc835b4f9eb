/** Ctrl-C, SIGTERM and a closed terminal ask for a clean stop; the second time they mean it. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** As shells count: 128 + SIGINT. */
const FORCED = 130;

/** Calls `stop` at the first signal; ends the process at the second. Returns what takes the handlers off. */
export function onStop(stop: (signal: string) => void): () => void {
  let asked = false;
  const handle = (signal: string) => {
    if (asked) {
      process.stdout.write(process.stdout.isTTY ? '\x1b[?25h' : '');
      process.stderr.write('\nForced. Nothing durable is lost; start again to go on.\n');
      process.exit(FORCED);
    }
    asked = true;
    stop(signal);
  };
  for (const signal of SIGNALS) process.on(signal, handle);
  return () => {
    for (const signal of SIGNALS) process.off(signal, handle);
  };
}
