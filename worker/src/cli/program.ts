import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { commands } from './commandList.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The command line with the one command that is asked for, or with all of them for the help. */
export async function createProgram(args: readonly string[]): Promise<Command> {
  const program = new Command('dtdqm')
    .description('Watches the occupancy of the CMS drift-tube chambers')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .configureHelp({ showGlobalOptions: false })
    .showHelpAfterError('Run it with --help to see what it takes.')
    .addHelpText('after', '\nSettings are environment variables; "dtdqm config" lists them.')
    .exitOverride();
  const asked = args.find((argument) => !argument.startsWith('-'));
  const known = asked !== undefined && Object.hasOwn(commands, asked) ? [asked] : Object.keys(commands);
  for (const name of known) (await commands[name]?.())?.register(program);
  for (const command of program.commands) {
    command.exitOverride().showHelpAfterError('Run it with --help to see what it takes.');
  }
  return program;
}
