/** The AsyncAPI 3.0 document of the WebSocket, from the schemas that its two sides check messages with. It invents no sentence about a message. */
import { z } from 'zod';
import { clientMessage, LIVE_VERSION, serverMessage } from '../contracts/live.ts';
import { TOPIC_ROWS } from '../contracts/rows.ts';
import type { ApiTitle } from '../http/openapi.ts';

const PATH = '/api/v1/live';

export function asyncApiDocument(info: ApiTitle) {
  const said = clientMessage.options.map((schema) => [nameIn(schema, 'do'), schemaOf(schema, 'input')] as const);
  const told = serverMessage.options.map((schema) => [nameIn(schema, 'say'), schemaOf(schema, 'output')] as const);
  const rows = Object.entries(TOPIC_ROWS).map(([topic, schema]) => [`row-${topic}`, schemaOf(schema, 'output')] as const);
  const messages = (named: typeof said) => named.map(([name]) => [name, { $ref: `#/components/messages/${name}` }] as const);
  const refs = (named: typeof said) => named.map(([name]) => ({ $ref: `#/channels/live/messages/${name}` }));
  return {
    asyncapi: '3.0.0',
    info: { ...info, version: `${info.version}` },
    servers: {
      desk: {
        host: '127.0.0.1:4747',
        protocol: 'ws',
        description: 'where a desk listens unless it is told otherwise',
        security: [{ $ref: '#/components/securitySchemes/bearer' }],
      },
    },
    defaultContentType: 'application/json',
    channels: {
      live: {
        address: PATH,
        title: `the live protocol, version ${LIVE_VERSION}`,
        description:
          'A client sends one JSON message a frame. A frame of the server holds a JSON list of messages, in order. A page of the gateway offers the subprotocol csrf.<token>.',
        messages: Object.fromEntries([...messages(said), ...messages(told)]),
      },
    },
    operations: {
      hear: { action: 'receive', channel: { $ref: '#/channels/live' }, messages: refs(said), summary: 'what a client says' },
      tell: { action: 'send', channel: { $ref: '#/channels/live' }, messages: refs(told), summary: 'what it is told, several in a frame' },
    },
    components: {
      messages: Object.fromEntries([...said, ...told].map(([name]) => [name, { name, payload: { $ref: `#/components/schemas/${name}` } }])),
      schemas: Object.fromEntries([...said, ...told, ...rows]),
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer', description: 'a token: npx retrace token new' } },
    },
    /** What the rows of each topic's snapshots and deltas hold, by topic. */
    'x-rows': Object.fromEntries(Object.keys(TOPIC_ROWS).map((topic) => [topic, { $ref: `#/components/schemas/row-${topic}` }])),
  };
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-7' });
  return rest;
}

function nameIn(schema: z.ZodObject, key: 'do' | 'say'): string {
  const literal = schema.shape[key] as z.ZodLiteral<string>;
  return literal.value;
}
