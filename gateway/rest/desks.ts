/** The desk as its operator asks for it: whether it may trade and why not, the sessions of its accounts, its gates. One gateway has one desk. */
import type { Account } from '#actors/desk/accounts.ts';
import type { Desk } from '#actors/desk.ts';
import { whole } from '../contracts/rest.ts';
import { broker, brokerParams, deskParams, deskRow, deskState, gate } from '../contracts/rest-desk.ts';
import { type Route, route } from '../http/router.ts';
import type { DeskPort } from './ports.ts';
import { notThere } from './problems.ts';

export function deskRoutes({ desk }: Readonly<{ desk: DeskPort }>): Route[] {
  const tags = ['desk'];
  return [
    route({
      ...{ route: 'GET /api/v1/desks', summary: 'The desks of this gateway', tags, out: { 200: whole(deskRow) } },
      handle: () => ({ status: 200, body: { items: [rowOf(desk)], seq: desk.desk.seq } }),
    }),
    route({
      ...{ route: 'GET /api/v1/desks/:desk', summary: 'A desk: all its operator needs', tags, params: deskParams, out: { 200: deskState } },
      handle({ params }) {
        if (params.desk !== desk.name) throw notThere(`there is no desk ${params.desk} here`, `this gateway has ${desk.name}`);
        return { status: 200, body: desk.state() };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/gate', summary: 'Whether orders may leave, scope by scope, and every reason why not', tags },
      out: { 200: whole(gate) },
      handle() {
        const { gates, seq } = desk.state();
        return { status: 200, body: { items: gates, seq } };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/brokers', summary: "The accounts' venues and their sessions", tags, out: { 200: whole(broker) } },
      handle: () => ({
        status: 200,
        body: { items: desk.desk.parts.accounts.all.map((account) => brokerOf(desk.desk, account)), seq: desk.desk.seq },
      }),
    }),
    route({
      ...{ route: 'GET /api/v1/brokers/:broker', summary: "An account's venue", tags, params: brokerParams, out: { 200: broker } },
      handle({ params }) {
        const account = desk.desk.parts.accounts.byId.get(params.broker);
        if (account === undefined) throw notThere(`there is no account ${params.broker}`, 'GET /api/v1/brokers lists them');
        return { status: 200, body: brokerOf(desk.desk, account) };
      },
    }),
  ];
}

function rowOf({ name, mode, desk, durable, state }: DeskPort) {
  const { halted, health } = state();
  return { desk: name, mode, seq: desk.seq, at: desk.at, durable: durable(), halted, health };
}

function brokerOf({ parts }: Desk, account: Account) {
  const { spec, session, outside } = account;
  const own = [...parts.orders.working].filter((order) => order.account === account);
  const takes = spec.outside?.takes ?? null;
  return {
    broker: spec.id,
    venue: spec.venue,
    mode: spec.mode,
    inside: outside === null,
    session: session.value,
    takes: takes === null ? null : { orderTypes: [...takes.orderTypes], timesInForce: [...takes.timesInForce], postOnly: takes.postOnly },
    working: own.length,
    unknown: own.filter(({ living }) => living.value === 'UNKNOWN').length,
  };
}
