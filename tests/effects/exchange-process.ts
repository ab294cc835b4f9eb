/** A program: the local exchange in a process that can be killed. Its folder and port are its arguments; it says where it listens. */
import { openExchangeServer } from '#infra/venues-local/serve.ts';

const [folder, port] = process.argv.slice(2);
process.on('disconnect', () => process.exit());
const server = await openExchangeServer({
  folder: folder!,
  port: Number(port),
  steps: 0,
  limit: 100_000,
  symbols: ['BTC-USD', 'ETH-USD'],
});
process.send!({ port: server.port, url: server.url, keys: server.keys });
