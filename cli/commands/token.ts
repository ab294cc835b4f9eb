/** `retrace token new · ls · revoke`: what programs show instead of a password. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export function addToken(program: Command): Command {
  const token = program.command('token').description('tokens of programs: make, list, revoke').helpCommand(false);
  token.helpOption('-h, --help', 'what it does').addHelpText('after', '\nExample:\n  npx retrace token new grafana --user anna');
  const answers = () => import('../access/token-answers.ts');
  addCommand(token, {
    usage: 'new <label>',
    about: 'make a token and show it, once; it never reaches further than its user does',
    flags: [
      ['--user <name>', 'whose it is'],
      ['--scope <scope>', 'read, trade or admin (default: read)'],
      ['--days <n>', 'how long it lasts (default 90)'],
      ['--endless', 'it never ends by itself'],
      ['--live-by <admin>', 'it may trade live: asks for the password of this admin'],
    ],
    examples: [
      ['token new grafana --user anna', 'reads, for 90 days'],
      ['token new bot --user anna --scope trade --live-by root', 'trades, live too'],
    ],
    run: newToken,
  });
  addCommand(token, {
    usage: 'ls',
    about: 'all tokens: scope, last use, end; never their text',
    flags: [['--user <name>', 'of one user']],
    examples: [['token ls --user anna', '']],
    run: async ({ flags }) => {
      const user = flags.text('user');
      flags.done('token ls');
      return (await answers()).listTokens(user);
    },
  });
  addCommand(token, {
    usage: 'revoke <id>',
    about: 'end a token at once, open sockets included',
    examples: [['token revoke 1a2b3c4d5e6f', 'by the id that token ls shows']],
    run: async ({ flags, args }) => {
      flags.done('token revoke');
      return (await answers()).revokeNamed(args[0]!);
    },
  });
  return token;
}

async function newToken({ flags, args }: Asked): Promise<Answer> {
  const [user, scope, liveBy] = [flags.text('user'), flags.choice('scope', ['read', 'trade', 'admin']) ?? 'read', flags.text('live-by')];
  const days = flags.whole('days', 1, 3_650);
  if (user === null) flags.faults.push('--user: is missing: whose token it is');
  if (days !== null && flags.flag('endless')) flags.faults.push('--endless: --days says when it ends; leave one of them out');
  flags.done('token new');
  const { makeToken } = await import('../access/token-answers.ts');
  return makeToken({ label: args[0]!, user: user!, scope, days: flags.flag('endless') ? null : (days ?? 90), liveBy });
}
