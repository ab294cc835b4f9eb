// `npm start`: everything a fresh clone needs, then `retrace demo` with the arguments passed on.
import './node-version.mjs';

const { runRetrace } = await import('./run.mjs');
await runRetrace(['demo', '--open', ...process.argv.slice(2)], { ready: 'Starting retrace demo …' });
