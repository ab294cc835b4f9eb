/** `retrace user add · ls · password · role · disable · enable`: who may sign in at the gateway. */
import type { Command } from 'commander';
import { addCommand } from '../command.ts';

export function addUser(program: Command): Command {
  const user = program.command('user').description('who may sign in at the gateway: add, list, change, disable').helpCommand(false);
  user.helpOption('-h, --help', 'what it does').addHelpText('after', '\nExample:\n  npx retrace user add anna');
  const answers = () => import('../access/user-answers.ts');
  addCommand(user, {
    usage: 'add <name>',
    about: 'add a user; asks for the password, or takes the first line that is piped in',
    flags: [['--role <role>', 'viewer, trader or admin (default: the first user is an admin, the others are viewers)']],
    examples: [['user add anna --role trader', 'trades on paper; live after a second step']],
    run: async ({ flags, args }) => {
      const role = flags.text('role');
      flags.done('user add');
      return (await answers()).addUserNamed(args[0]!, role);
    },
  });
  addCommand(user, {
    usage: 'ls',
    about: 'all users, with their role, sessions and tokens',
    examples: [['user ls --json', 'for programs; no hashes']],
    run: async ({ flags }) => {
      flags.done('user ls');
      return (await answers()).listUsers();
    },
  });
  addCommand(user, {
    usage: 'password <name>',
    about: 'a new password; ends every session of theirs, and any wait after wrong ones',
    examples: [['user password anna', 'asks for it twice']],
    run: async ({ flags, args }) => {
      flags.done('user password');
      return (await answers()).newPassword(args[0]!);
    },
  });
  addCommand(user, {
    usage: 'role <name> <role>',
    about: 'another role: viewer, trader or admin; ends every session of theirs',
    examples: [['user role anna admin', 'the last admin cannot be lowered']],
    run: async ({ flags, args }) => {
      flags.done('user role');
      return (await answers()).giveRole(args[0]!, args[1]!);
    },
  });
  addCommand(user, {
    usage: 'disable <name>',
    about: 'nobody signs in by this name any more; sessions and tokens end at once',
    examples: [['user disable anna', 'the last admin cannot be disabled']],
    run: async ({ flags, args }) => {
      flags.done('user disable');
      return (await answers()).disableNamed(args[0]!);
    },
  });
  addCommand(user, {
    usage: 'enable <name>',
    about: 'a disabled user may sign in again',
    examples: [['user enable anna', 'with the password of before and no tokens']],
    run: async ({ flags, args }) => {
      flags.done('user enable');
      return (await answers()).enableNamed(args[0]!);
    },
  });
  return user;
}
