// The contract of the gateway's sockets, kept by node:http and ws.
import { openNodeServer } from '#gateway/transport/node.ts';
import { describeTransport } from './contracts/transport.ts';

describeTransport('node:http and ws', openNodeServer);
