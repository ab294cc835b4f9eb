// News over a line that breaks: told once, never what was there before, and never kept back because a number was used before.
import { expect, test } from 'vitest';
import { Line } from '#gateway/contracts/line.ts';
import { delta, Script, snapshot } from '#tests/gateway/scripted-line.ts';
import { MonitorNews } from './monitor-news.ts';

const filled = (cause: number, said: string): [string, unknown] => [
  `${cause}.0`,
  { type: 'OrderFilled', cause, index: 0, at: cause, said },
];
const candle = (cause: number): [string, unknown] => [`${cause}.0`, { type: 'CandleClosed', cause, index: 0, at: cause, said: 'a candle' }];

function watched() {
  const script = new Script();
  const told: string[] = [];
  const news = new MonitorNews((one) => told.push(one.topic === 'decisions' ? one.row.said : `! ${one.row.text}`));
  const line = new Line(script.ports, { changed: news.changed });
  line.watch('decisions', '*');
  line.watch('alerts', '*');
  line.begin();
  script.welcome();
  const lost = (epoch: string): void => {
    script.wire.events.closed(1006, '');
    script.pass(1_000);
    script.welcome(epoch);
  };
  return { script, told, lost };
}

test('what was there when it came is no news, and what is not worth a line is none', () => {
  const { script, told } = watched();
  script.say(snapshot('decisions', '*', 2, [filled(1, 'one'), filled(2, 'two')]));
  script.say(delta('decisions', '*', 3, [candle(3), filled(4, 'four')]), delta('decisions', '*', 4, [filled(5, 'five')]));
  expect(told).toEqual(['four', 'five']);
});

test('an empty beginning is a beginning too; alerts are news of their own', () => {
  const { script, told } = watched();
  const alert = { at: 1, severity: 'warning', topic: 't', text: 'look' };
  script.say(snapshot('decisions', '*', 0, []), snapshot('alerts', '*', 0, []));
  script.say(delta('decisions', '*', 1, [filled(1, 'one')]), delta('alerts', '*', 1, [['2.0', alert]]));
  expect(told).toEqual(['one', '! look']);
});

test('after a lost line, what came meanwhile is told and what was told is not', () => {
  const { script, told, lost } = watched();
  script.say(snapshot('decisions', '*', 0, []), delta('decisions', '*', 1, [filled(1, 'one')]));
  lost('e1');
  script.say(snapshot('decisions', '*', 3, [filled(1, 'one'), filled(2, 'two'), filled(3, 'three')], 'not kept'));
  expect(told).toEqual(['one', 'two', 'three']);
});

test('a desk that was thrown back uses its numbers again: the same said twice is told once, something else is told', () => {
  const { script, told, lost } = watched();
  script.say(snapshot('decisions', '*', 0, []), delta('decisions', '*', 1, [filled(7, 'seven'), filled(8, 'eight'), filled(9, 'nine')]));
  lost('e2');
  script.say(snapshot('decisions', '*', 0, [], 'not kept'));
  script.say(delta('decisions', '*', 1, [filled(7, 'seven'), filled(8, 'another eight')]));
  expect(told).toEqual(['seven', 'eight', 'nine', 'another eight']);
});
