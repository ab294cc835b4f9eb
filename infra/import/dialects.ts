/**
 * The layouts of foreign files that are known, as a table: by which columns each is recognised and what they mean. Names are compared
 * in lower case, letters and digits only. Decides nothing; recognise.ts chooses.
 */
import type { BlockKind } from '#engine/market/blocks.ts';
import type { TimeUnit } from './stamps.ts';

/** What a column can mean. */
export const COLUMN_ROLES = [
  'time', // of the fact at the venue; for a bar its stamp
  'date', // with `clock`, in place of time
  'clock',
  'arrival', // when a recorder had it
  'end', // of a bar
  'timeframe', // of a bar, µs
  'id', // the venue's, of a trade
  'symbol',
  'side', // of the taker (trades), of the level (book)
  'maker', // whether the buyer was the maker: then the taker sold
  'snapshot', // whether the level is part of a snapshot
  'firstUpdate', // of a book: the venue's number of the first update in a message,
  'lastUpdate', // of the last one,
  'previousUpdate', // and of the last one in the message before it
  'flags', // ours, as a number
  'price',
  'size',
  'bid',
  'bidSize',
  'ask',
  'askSize',
  'open',
  'high',
  'low',
  'close',
  'volume',
] as const;
export type ColumnRole = (typeof COLUMN_ROLES)[number];

export type Dialect = Readonly<{
  name: string;
  about: string;
  kind: BlockKind;
  /** The column of each role; of several names the first that is there. All must be there. */
  columns: Readonly<Partial<Record<ColumnRole, string | readonly string[]>>>;
  /** The same, where they may be absent. */
  optional?: Readonly<Partial<Record<ColumnRole, string | readonly string[]>>>;
  /** Columns without a meaning for us, by which it is told from its like. */
  also?: readonly string[];
  /** Without a header: the shape of a row (i whole number, d decimal, b true or false, x other), and the role of each column. */
  bare?: Readonly<{ shape: RegExp; roles: readonly (ColumnRole | null)[] }>;
  unit?: TimeUnit;
  /** Whether a bar's stamp is its first moment or its last. */
  stamp?: 'open' | 'close';
  /** A book's line with many levels; columns named like asks[0].price. */
  levels?: true;
  /** Written by this program: it was a tape before. */
  trusting?: true;
}>;

const TIMES = [
  'timestamp',
  'time',
  'datetime',
  'ts',
  'date',
  'opentime',
  'starttime',
  'tradetime',
  'transacttime',
  'eventtime',
  'gmttime',
  'localtime',
  'timestampms',
  'timestampus',
  'timestampns',
  'timems',
  'timeus',
  'timens',
  'unix',
  'epoch',
  't',
];
const SYMBOLS = ['symbol', 'instrument', 'ticker', 'pair', 's'];
const PRICES = ['price', 'px', 'tradeprice', 'rate', 'last', 'p'];
const SIZES = ['size', 'qty', 'quantity', 'amount', 'volume', 'vol', 'lots', 'q'];
const IDS = ['id', 'tradeid', 'trdmatchid', 'matchid', 'aggtradeid', 'tid'];
const SIDES = ['side', 'takerside', 'aggressor', 'aggressorside', 'direction'];
const MAKERS = ['isbuyermaker', 'buyermaker', 'buyerismaker', 'm'];
const BIDS = ['bid', 'bidprice', 'bestbid', 'bestbidprice', 'bidpx'];
const ASKS = ['ask', 'askprice', 'bestask', 'bestaskprice', 'askpx', 'offer'];
const BID_SIZES = ['bidsize', 'bidqty', 'bidamount', 'bidquantity', 'bidvolume', 'bestbidsize', 'bestbidqty', 'bestbidamount', 'bidvol'];
const ASK_SIZES = ['asksize', 'askqty', 'askamount', 'askquantity', 'askvolume', 'bestasksize', 'bestaskqty', 'bestaskamount', 'askvol'];
const OPENS = ['open', 'openprice', 'o'];
const HIGHS = ['high', 'highprice', 'h'];
const LOWS = ['low', 'lowprice', 'l'];
const CLOSES = ['close', 'closeprice', 'c'];
const VOLUMES = ['volume', 'vol', 'basevolume', 'volumebase', 'tickvol', 'tickvolume', 'v'];

const TARDIS = { time: 'timestamp', arrival: 'localtimestamp', symbol: 'symbol' } as const;
const RETRACE = { time: 'timeus', arrival: 'arrivalus', flags: 'flags' } as const;

/** In the order in which they are tried: the exact ones before the plain ones. */
export const DIALECTS: readonly Dialect[] = [
  {
    name: 'retrace-trades',
    about: 'trades exported by retrace',
    kind: 'trade',
    columns: { ...RETRACE, id: 'id', price: 'price', size: 'size' },
    unit: 'us',
    trusting: true,
  },
  {
    name: 'retrace-quotes',
    about: 'quotes exported by retrace',
    kind: 'quote',
    columns: { ...RETRACE, id: 'id', bid: 'bid', bidSize: 'bidsize', ask: 'ask', askSize: 'asksize' },
    unit: 'us',
    trusting: true,
  },
  {
    name: 'retrace-bars',
    about: 'bars exported by retrace; stamped at their start',
    kind: 'bar',
    columns: { ...RETRACE, timeframe: 'timeframeus', id: 'id', open: 'open', high: 'high', low: 'low', close: 'close', volume: 'volume' },
    unit: 'us',
    stamp: 'open',
    trusting: true,
  },
  {
    name: 'retrace-book',
    about: 'book changes exported by retrace',
    kind: 'book',
    columns: { ...RETRACE, id: 'id', price: 'levelprice', size: 'levelsize' },
    unit: 'us',
    trusting: true,
  },
  {
    name: 'binance-trades',
    about: 'Binance public dump, trades (spot and futures), with or without its header',
    kind: 'trade',
    columns: { id: ['id', 'tradeid'], price: 'price', size: 'qty', time: 'time', maker: 'isbuyermaker' },
    bare: { shape: /^i[id]{3}ib{1,2}$/, roles: ['id', 'price', 'size', null, 'time', 'maker'] },
  },
  {
    name: 'binance-agg-trades',
    about: 'Binance public dump, aggregated trades, with or without its header',
    kind: 'trade',
    columns: {
      id: ['aggtradeid', 'aggregatetradeid'],
      price: 'price',
      size: ['quantity', 'qty'],
      time: ['transacttime', 'timestamp'],
      maker: ['isbuyermaker', 'wasthebuyerthemaker'],
    },
    bare: { shape: /^i[id]{2}i{3}b{1,2}$/, roles: ['id', 'price', 'size', null, null, 'time', 'maker'] },
  },
  {
    name: 'binance-klines',
    about: 'Binance public dump, klines, with or without its header; stamped at their start',
    kind: 'bar',
    columns: { time: 'opentime', open: 'open', high: 'high', low: 'low', close: 'close', volume: 'volume', end: 'closetime' },
    bare: { shape: /^i[id]{5}i[id]i[id]{3}$/, roles: ['time', 'open', 'high', 'low', 'close', 'volume', 'end'] },
    stamp: 'open',
  },
  {
    name: 'binance-book-ticker',
    about: 'Binance public dump, best bid and ask',
    kind: 'quote',
    columns: { bid: 'bestbidprice', bidSize: 'bestbidqty', ask: 'bestaskprice', askSize: 'bestaskqty', time: 'transactiontime' },
    also: ['updateid', 'eventtime'],
  },
  {
    name: 'binance-depth',
    about: 'Binance futures history, order book snapshots and updates (T_DEPTH)',
    kind: 'book',
    columns: {
      ...{ symbol: 'symbol', time: 'timestamp', side: 'side', snapshot: 'updatetype', price: 'price', size: 'qty' },
      ...{ firstUpdate: 'firstupdateid', lastUpdate: 'lastupdateid' },
    },
    optional: { previousUpdate: 'pu' },
  },
  {
    name: 'bybit-trades',
    about: 'Bybit public history, derivatives trades; time in seconds with a fraction',
    kind: 'trade',
    columns: { time: 'timestamp', symbol: 'symbol', side: 'side', size: 'size', price: 'price', id: 'trdmatchid' },
    also: ['tickdirection'],
  },
  {
    name: 'bybit-spot-trades',
    about: 'Bybit public history, spot trades',
    kind: 'trade',
    columns: { id: 'id', time: 'timestamp', price: 'price', size: 'volume', side: 'side' },
  },
  {
    name: 'tardis-trades',
    about: 'Tardis trades; arrival as it was recorded',
    kind: 'trade',
    columns: { ...TARDIS, id: 'id', side: 'side', price: 'price', size: 'amount' },
    also: ['exchange'],
    unit: 'us',
  },
  {
    name: 'tardis-quotes',
    about: 'Tardis best bid and ask (quotes, book_ticker); arrival as it was recorded',
    kind: 'quote',
    columns: { ...TARDIS, ask: 'askprice', askSize: 'askamount', bid: 'bidprice', bidSize: 'bidamount' },
    also: ['exchange'],
    unit: 'us',
  },
  {
    name: 'tardis-book',
    about: 'Tardis incremental_book_L2; arrival as it was recorded',
    kind: 'book',
    columns: { ...TARDIS, snapshot: 'issnapshot', side: 'side', price: 'price', size: 'amount' },
    also: ['exchange'],
    unit: 'us',
  },
  {
    name: 'tardis-book-snapshot',
    about: 'Tardis book_snapshot_5 and _25: a snapshot a line; arrival as it was recorded',
    kind: 'book',
    columns: { ...TARDIS },
    also: ['exchange', 'asks0price', 'asks0amount', 'bids0price', 'bids0amount'],
    unit: 'us',
    levels: true,
  },
  {
    name: 'bid-bars',
    about: 'bars of bid and of ask side by side: the bid ones (ask-bars: the others); stamped at their start',
    kind: 'bar',
    columns: {
      time: TIMES,
      open: ['bidopen', 'openbid'],
      high: ['bidhigh', 'highbid'],
      low: ['bidlow', 'lowbid'],
      close: ['bidclose', 'closebid'],
    },
    optional: { volume: ['bidvolume', ...VOLUMES], symbol: SYMBOLS },
    stamp: 'open',
  },
  {
    name: 'ask-bars',
    about: 'bars of bid and of ask side by side: the ask ones; stamped at their start',
    kind: 'bar',
    columns: {
      time: TIMES,
      open: ['askopen', 'openask'],
      high: ['askhigh', 'highask'],
      low: ['asklow', 'lowask'],
      close: ['askclose', 'closeask'],
    },
    optional: { volume: ['askvolume', ...VOLUMES], symbol: SYMBOLS },
    stamp: 'open',
  },
  {
    name: 'bars',
    about: 'plain bars: time, open, high, low, close and perhaps volume; stamped at their start (barStamp close: at their end)',
    kind: 'bar',
    columns: { time: TIMES, open: OPENS, high: HIGHS, low: LOWS, close: CLOSES },
    optional: { volume: VOLUMES, symbol: SYMBOLS },
    stamp: 'open',
  },
  {
    name: 'quotes',
    about: 'plain quotes: time, bid, ask and perhaps their sizes',
    kind: 'quote',
    columns: { time: TIMES, bid: BIDS, ask: ASKS },
    optional: { bidSize: BID_SIZES, askSize: ASK_SIZES, symbol: SYMBOLS },
  },
  {
    name: 'trades',
    about: 'plain trades: time, price, size and perhaps an id and a side',
    kind: 'trade',
    columns: { time: TIMES, price: PRICES, size: SIZES },
    optional: { id: IDS, side: SIDES, maker: MAKERS, symbol: SYMBOLS },
  },
];

/** Lines of JSON that are messages, not flat rows: read by json-book.ts. */
export const BYBIT_BOOK = 'bybit-order-book';

export const DIALECT_NAMES: readonly string[] = [...DIALECTS.map(({ name }) => name), BYBIT_BOOK];

/** Names compare by their letters and digits. */
export const plainName = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
