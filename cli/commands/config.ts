/** `retrace config`: the settings in effect and where each came from, those of a run where there is a retrace.yaml. Secrets are never shown. */
import type { Command } from 'commander';
import type { Answer } from '../answer.ts';
import { type Asked, addCommand } from '../command.ts';

export const addConfig = (program: Command): Command =>
  addCommand(program, {
    usage: 'config',
    about: 'the settings in effect and where each came from; secrets hidden',
    flags: [['--config <file>', 'the configuration of a run (default: RETRACE_CONFIG, or retrace.yaml of this folder)']],
    examples: [
      ['config --json', 'for programs'],
      ['config --config desks/btc.yaml', 'check a file: all faults at once, or what holds'],
    ],
    run: runConfig,
  });

async function runConfig({ flags }: Asked): Promise<Answer> {
  flags.done('config');
  const [
    { settingsFrom, unknownSettings },
    { deskHome },
    { table },
    { thisBuild },
    { runFile },
    { readWithStrategies },
    { effective },
    { RUN_VARIABLES },
    { checkRunnable },
  ] = await Promise.all([
    import('#infra/config/settings.ts'),
    import('../compose/desk-home.ts'),
    import('../screen/state-text.ts'),
    import('../compose/build.ts'),
    import('../compose/run-file.ts'),
    import('../compose/run-strategies.ts'),
    import('#infra/config/run-config.ts'),
    import('#infra/config/run-layers.ts'),
    import('../compose/run-inputs.ts'),
  ]);
  const settings = settingsFrom(process.env).map((setting) => (setting.name === 'home' ? { ...setting, value: deskHome().path } : setting));
  const unknown = unknownSettings(process.env, ['RETRACE_SKIPS_FILE', ...RUN_VARIABLES.keys()]);
  const named = flags.text('config');
  const file = runFile(named);
  // a file that was named must be there; the usual one may be missing
  const read = file.exists || file.from !== 'default' ? (await readWithStrategies(named)).read : null;
  if (read !== null) checkRunnable(read);
  const run = read === null ? null : effective(read);
  const { version, hash, root } = thisBuild();
  return {
    ok: true,
    fields: { settings, unknown, runFile: run === null ? null : file.path, run, build: hash, node: process.versions.node, program: root },
    text: [
      ...table([
        ['setting', 'value', 'from', ''],
        ...settings.map(({ name, value, from, about }) => [name, value === '' ? '(none)' : value, from, about]),
      ]),
      ...(run === null
        ? []
        : ['', ...table([[file.shown, 'value', 'from'], ...run.map(({ path, value, from }) => [path, value, from])]), '']),
      ...unknown.map((name) => `${name} is set and is no setting of retrace: it does nothing.`),
      `retrace ${version}, build ${hash.slice(0, 12)}, node ${process.versions.node}`,
      run === null ? `next: npx retrace doctor, or npx retrace init to write ${file.shown}` : 'next: npx retrace run',
    ],
  };
}
