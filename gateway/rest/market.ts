/** Markets: instruments and feeds as the desk has them now, candles and ticks as the journal holds them. */
import type { Feed, Market } from '#actors/desk/markets.ts';
import type { Desk } from '#actors/desk.ts';
import { feedReasons } from '#replay/picture.ts';
import { page, whole } from '../contracts/rest.ts';
import {
  candle,
  candlesQuery,
  feed,
  feedParams,
  feedsQuery,
  instrument,
  instrumentParams,
  tick,
  ticksQuery,
} from '../contracts/rest-market.ts';
import { type Route, route } from '../http/router.ts';
import { feedOf, quoteOf } from '../live/desk-rows.ts';
import { cursorOf, numberBehind } from './cursors.ts';
import type { RestPorts } from './ports.ts';
import { answered, notThere, wrongField } from './problems.ts';
import { walkedPage, walkIn, windowIn } from './walks.ts';

export function marketRoutes({ desk: { desk }, journal }: Pick<RestPorts, 'desk' | 'journal'>): Route[] {
  const tags = ['market'];
  const { markets } = desk.parts;
  const feeds = () => markets.all.flatMap((market) => market.feeds);
  return [
    route({
      ...{ route: 'GET /api/v1/instruments', summary: 'What is traded, with its terms', tags, out: { 200: whole(instrument) } },
      handle: () => ({ status: 200, body: { items: markets.all.map(instrumentOf), seq: desk.seq } }),
    }),
    route({
      ...{
        route: 'GET /api/v1/instruments/:instrument',
        summary: 'One of them',
        tags,
        params: instrumentParams,
        out: { 200: instrument },
      },
      handle: ({ params }) => {
        const market = markets.byId.get(params.instrument);
        if (market === undefined) throw notThere(`there is no instrument ${params.instrument}`, 'GET /api/v1/instruments lists them');
        return { status: 200, body: instrumentOf(market) };
      },
    }),
    route({
      ...{
        route: 'GET /api/v1/feeds',
        summary: 'Whether sources can be trusted, and why not',
        tags,
        query: feedsQuery,
        out: { 200: whole(feed) },
      },
      handle: ({ query }) => {
        const items = feeds()
          .filter(
            ({ market, spec }) =>
              (query.instrument ?? market.definition.id) === market.definition.id && (query.source ?? spec.source) === spec.source,
          )
          .map((one) => feedRowOf(desk, one));
        return { status: 200, body: { items, seq: desk.seq } };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/feeds/:feed', summary: 'A feed, by <instrument>~<source>', tags, params: feedParams, out: { 200: feed } },
      handle: ({ params }) => {
        const found = feeds().find((one) => nameOf(one) === params.feed);
        if (found === undefined)
          throw notThere(`there is no feed ${params.feed}`, 'GET /api/v1/feeds lists them, as <instrument>~<source>');
        return { status: 200, body: feedRowOf(desk, found) };
      },
    }),
    route({
      ...{ route: 'GET /api/v1/candles', summary: 'Closed candles of the journal, in their newest or in every version', tags },
      ...{ query: candlesQuery, out: { 200: page(candle) } },
      async handle({ query, request }) {
        const { definition, feeds: sources } = marketNamed(desk, query.instrument);
        const source = sources.find(({ spec }) => spec.source === (query.source ?? sources[0]!.spec.source));
        if (source === undefined)
          throw wrongField(
            'query.source',
            `${query.source} sends no ${definition.id}`,
            `one of ${sources.map(({ spec }) => spec.source).join(', ')}`,
          );
        const timeframeUs = query.timeframe ?? Math.min(...timeframesOf([source]));
        if (!Number.isFinite(timeframeUs))
          throw wrongField(
            'query.instrument',
            `nobody keeps candles of ${definition.id} from ${source.spec.source}`,
            'a strategy that listens to it makes some',
          );
        const asked = {
          ...walkIn('candles', query),
          instrument: query.instrument,
          source: source.spec.source,
          timeframeUs,
          versions: query.versions,
        };
        return { status: 200, body: walkedPage('candles', query, await answered(() => journal.candles(asked, request.signal))) };
      },
    }),
    route({
      ...{
        route: 'GET /api/v1/ticks',
        summary: 'Market facts as they arrived, oldest first',
        tags,
        query: ticksQuery,
        out: { 200: page(tick) },
      },
      async handle({ query, request }) {
        marketNamed(desk, query.instrument);
        const after = Math.max(query.after ?? 0, numberBehind('ticks', query.cursor) ?? 0);
        const { items, next, seq } = await answered(() =>
          journal.ticks(
            {
              ...windowIn(query),
              instrument: query.instrument,
              source: query.source ?? null,
              kind: query.kind ?? null,
              after,
              limit: query.limit,
            },
            request.signal,
          ),
        );
        return { status: 200, body: { items, next: next === null ? null : cursorOf('ticks', Number(next)), seq } };
      },
    }),
  ];
}

function marketNamed({ parts: { markets } }: Desk, named: string): Market {
  const market = markets.byId.get(named);
  if (market !== undefined) return market;
  const there = markets.all.map(({ definition }) => definition.id);
  throw wrongField(
    'query.instrument',
    `there is no instrument ${named}`,
    there.length === 0 ? 'there is none yet' : `one of ${there.join(', ')}`,
  );
}

const timeframesOf = (feeds: readonly Feed[]): number[] =>
  [...new Set(feeds.flatMap(({ candles }) => candles.map(({ timeframeUs }) => timeframeUs)))].sort((a, b) => a - b);

const nameOf = ({ market, spec }: Feed): string => `${market.definition.id}~${spec.source}`;

function feedRowOf(desk: Desk, one: Feed) {
  const { why, since, ...row } = feedOf(one, null);
  return { ...row, feed: nameOf(one), primary: one.primary, because: feedReasons(one, desk.at) };
}

function instrumentOf(market: Market) {
  const { id, version, tick, lot, multiplier, currency, currencyScale, calendar } = market.definition;
  const { last, bid, ask } = quoteOf(market, null);
  return {
    instrument: id,
    ...{ version, tick, lot, multiplier, currency, currencyScale, calendar, last, bid, ask },
    feeds: market.feeds.map(({ spec, primary }) => ({ ...spec, primary, barUs: spec.barUs ?? null })),
    timeframesUs: timeframesOf(market.feeds),
  };
}
