/** `retrace config`: the settings in effect and where each came from. Secrets are never shown. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addConfig = (program: Command): Command =>
  addCommand(program, {
    usage: 'config',
    about: 'the settings in effect and where each came from; secrets hidden',
    examples: [['config --json', 'for programs']],
    run: runConfig,
  });

async function runConfig({ flags }: Asked): Promise<Answer> {
  flags.done('config');
  const [{ settingsFrom, unknownSettings }, { deskHome }, { table }, { thisBuild }] = await Promise.all([
    import('#infra/config/settings.ts'),
    import('../compose/desk-home.ts'),
    import('../screen/state-text.ts'),
    import('../compose/build.ts'),
  ]);
  const settings = settingsFrom(process.env).map((setting) => (setting.name === 'home' ? { ...setting, value: deskHome().path } : setting));
  const unknown = unknownSettings(process.env, ['RETRACE_SKIPS_FILE']);
  const { version, hash, root } = thisBuild();
  return {
    ok: true,
    fields: { settings, unknown, build: hash, node: process.versions.node, program: root },
    text: [
      ...table([
        ['setting', 'value', 'from', ''],
        ...settings.map(({ name, value, from, about }) => [name, value === '' ? '(none)' : value, from, about]),
      ]),
      ...unknown.map((name) => `${name} is set and is no setting of retrace: it does nothing.`),
      `retrace ${version}, build ${hash.slice(0, 12)}, node ${process.versions.node}`,
      'next: npx retrace doctor',
    ],
  };
}
