/** `retrace import` and `retrace export`: foreign files of market data become a tape, and a tape becomes files again. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export function addImport(program: Command): Command {
  addCommand(program, {
    usage: 'import <file...>',
    about: 'market data in files (CSV, .gz, .zip, Parquet, JSON lines) becomes a tape, with a report of what was found in them',
    flags: [
      ['--tape <name>', "the tape's name (default: that of the first file)"],
      ['--instrument <id>', 'what was traded, like BTC-USD (default: told from the data or the name of the file)'],
      ['--tick <size>', 'the smallest step of a price, like 0.1 (default: told from the data)'],
      ['--lot <size>', 'the smallest step of a quantity, like 0.001 (default: told from the data)'],
      ['--multiplier <n>', 'worth of one unit of price × quantity (default 1)'],
      ['--currency <code>', 'what it is traded in (default USD)'],
      ['--calendar <name>', 'its trading sessions: ALWAYS (default), NYSE, NSE …'],
      ['--source <name>', 'where the data is from (default tape)'],
      ['--latency <time>', 'arrival = the time in the data + this (default 0ms); bars arrive at their end'],
      ['--columns <roles>', 'which column is what: time=Date,price=Last,size=Vol (#1 for the first)'],
      ['--dialect <name>', 'how the file is laid out, where its header does not tell'],
      ['--kind <kind>', 'trade, quote, bar or book, where the header leaves it open'],
      ['--bar <time>', 'length of the bars, where the file does not tell'],
      ['--bar-stamp <which>', "whether a bar's time is its open or its close"],
      ['--time-unit <unit>', 's, ms, us or ns'],
      ['--date-order <order>', 'ymd (default), dmy or mdy, of dates written as text'],
      ['--utc-offset <minutes>', 'of times written without a zone (default 0)'],
      ['--symbol <name>', 'only rows of this symbol'],
      ['--from <time>', 'only from here'],
      ['--to <time>', 'only before this'],
      ['--on <fault=policy>', 'refuse, quarantine (default) or keep rows with this fault, or with all; repeatable', 'repeatable'],
      ['--gaps <policy>', 'keep (default) or refuse: stop at the first gap'],
      ['--outlier <percent>', 'a price further than this from the one before is an outlier (default 50)'],
      ['--replace', 'in place of a tape of that name'],
    ],
    examples: [
      ['import btc-1m.csv', 'instrument, tick and lot told from the data'],
      ['import trades-2024-*.zip --tape btc --instrument BTC-USDT --tick 0.1 --lot 0.001', 'months of trades, in one tape'],
      ['import odd.csv --columns time=Date,open=O,high=H,low=L,close=C,volume=V', 'columns by their names'],
    ],
    run: runImport,
  });
  return addCommand(program, {
    usage: 'export <tape> <file>',
    about: 'a tape as CSV (.csv, .csv.gz) or Parquet (.parquet); importing it again gives the same facts',
    flags: [
      ['--stream <n>', 'which of its streams, as tape show lists them (default: the only one)'],
      ['--from <time>', 'from here'],
      ['--to <time>', 'before this'],
    ],
    examples: [['export btc-1m btc-1m.parquet', '']],
    run: runExport,
  });
}

async function runImport({ flags, args, json }: Asked): Promise<Answer> {
  const { importAsked } = await import('../research/import-asked.ts');
  const asked = importAsked(flags, args);
  flags.done('import');
  return (await import('../research/import-session.ts')).runImport(asked, json);
}

async function runExport({ flags, args }: Asked): Promise<Answer> {
  const stream = flags.whole('stream', 1, 10_000);
  const { momentIn } = await import('../research/moments.ts');
  const [from, to] = [momentIn(flags, 'from'), momentIn(flags, 'to')];
  flags.done('export');
  return (await import('../research/import-session.ts')).exportTape({ tape: args[0]!, file: args[1]!, stream, from, to });
}
