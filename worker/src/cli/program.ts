import { dirname } from 'node:path';
import { Command, CommanderError } from 'commander';
import { readFileSync } from 'node:fs';
import { StoppedError, UnexpectedError } from './stopSignal.ts';

/**
 * Goes where the user is. npm runs scripts in the folder of package.json, so that `npm run dtdqm -- score --in file`
 * would look for the file there and not where the command was typed.
 */
export function enterCallerDirectory(env: NodeJS.ProcessEnv = process.env): void {
  const { INIT_CWD: caller, npm_package_json: packageFile, npm_lifecycle_event: script } = env;
  if (caller === undefined || packageFile === undefined || script === undefined) return;
  if (process.cwd() === dirname(packageFile)) process.chdir(caller);
}

interface CommandModule {
  register(program: Command): void;
}

const services = () => import('./commands/services.ts');
const simulate = () => import('./commands/simulate.ts');
const scoring = () => import('./commands/scoring.ts');
const stored = () => import('./commands/stored.ts');
const model = () => import('./commands/model.ts');
const laboratory = () => import('./commands/laboratory.ts');
const inspect = () => import('./commands/inspect.ts');

/** Every command by name with the chapter that holds it, in the order of the help. Loaded when needed: most bring much with them. */
export const commands: Record<string, () => Promise<CommandModule>> = {
  start: services,
  worker: services,
  api: services,
  fetch: services,
  simulate,
  'replay-run': simulate,
  'record-run': simulate,
  score: scoring,
  native: scoring,
  report: stored,
  labels: stored,
  migrate: stored,
  backup: stored,
  restore: stored,
  retrain: model,
  model,
  train: laboratory,
  evaluate: laboratory,
  'import-model': laboratory,
  doctor: inspect,
  config: inspect,
  openapi: inspect,
};

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** The command line with the chapter of the command that is asked for, or with all of them for the help. */
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
  const one = asked !== undefined && Object.hasOwn(commands, asked) ? commands[asked] : undefined;
  for (const load of one ? [one] : new Set(Object.values(commands))) (await load()).register(program);
  for (const command of program.commands) {
    command.exitOverride().showHelpAfterError('Run it with --help to see what it takes.');
  }
  return program;
}

/** Wrong usage, as shells and commander's own messages have it. */
const usageCode = 2;

/**
 * Tells the user what went wrong, in a line with the fix; the stack only when LOG_LEVEL is debug.
 *
 * @returns the exit code: 0 for help and version, 2 for wrong usage, as shells count when it was stopped, 1 for everything else.
 */
export function reportFailure(error: unknown, env: NodeJS.ProcessEnv = process.env): number {
  if (error instanceof StoppedError) {
    process.stderr.write(`dtdqm: ${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof UnexpectedError) return 1;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usageCode;
  const debug = env['LOG_LEVEL'] === 'debug' || env['LOG_LEVEL'] === 'trace';
  const text = debug && error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  process.stderr.write(`dtdqm: ${text}\n`);
  return 1;
}

function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ');
  if (!(error instanceof Error)) return String(error);
  return error.message === '' ? error.name : error.message;
}
