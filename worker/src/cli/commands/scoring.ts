import { Option, type Command } from 'commander';
import {
  backendChoices,
  type BackendChoice,
  createScorer,
  scoreLines,
  openInput,
  FileError,
  readPast,
  type Past,
  openOutput,
  installNative,
  removeNative,
} from '@dtdqm/detector';

export function register(program: Command): void {
  registerScore(program);
  registerNative(program);
}

interface ScoreOptions {
  in: string;
  out: string;
  model?: string;
  history?: string;
  backend: BackendChoice;
}

function registerScore(program: Command): void {
  program
    .command('score')
    .description('Score recorded chambers: JSON lines in, JSON lines out')
    .requiredOption('--in <file>', 'lines {run,wheel,station,sector,matrix}; "-" reads standard input')
    .requiredOption('--out <file>', 'lines with scores, verdicts and faults; "-" writes standard output')
    .option('--model <dir>', 'model folder (default: the one that models/default.json points to)')
    .option(
      '--history <file or runs>',
      'good runs before, to compare with: a file of such lines, or runs of the input, as 302634,302635',
    )
    .addOption(
      new Option('--backend <name>', 'what computes the scores').choices(backendChoices).default('auto'),
    )
    .action(async (options: ScoreOptions) => {
      const past = await pastFor(options);
      const input = await openInput(options.in);
      const scorer = await createScorer({ model: options.model, backend: options.backend });
      try {
        const output = await openOutput(options.out);
        try {
          const chambers = await scoreLines(scorer, input, (text) => output.write(text), past);
          await output.commit();
          process.stderr.write(
            `Scored ${chambers} chambers with ${scorer.model} on ${scorer.backendReason}\n`,
          );
        } catch (cause) {
          await output.discard();
          throw cause;
        }
      } finally {
        await scorer.close();
      }
    });
}

async function pastFor({ in: input, history }: ScoreOptions): Promise<Past | undefined> {
  if (history === undefined) return undefined;
  const runs = /^\d+(,\d+)*$/.test(history) ? history.split(',').map(Number) : undefined;
  if (runs && input === '-') {
    throw new FileError('--history with runs needs --in to be a file: standard input cannot be read twice');
  }
  return readPast(await openInput(runs ? input : history), runs);
}

const say = (line: string) => void process.stdout.write(`${line}\n`);

function registerNative(program: Command): void {
  const native = program
    .command('native')
    .description('Native TensorFlow for tfjs-node (WebAssembly needs none of this)');
  native
    .command('install')
    .description('Build and check the native part, from a libtensorflow that is at hand or through pip')
    .option(
      '--libtensorflow <source>',
      'a folder, a .tar.gz, an http(s) URL of one, or "pip" for the tensorflow-cpu wheel',
      'pip',
    )
    .action(async ({ libtensorflow }: { libtensorflow: string }) => {
      const difference = await installNative(libtensorflow, say);
      say(`Installed. Greatest difference of any score from WebAssembly: ${difference.toExponential(1)}`);
      say('It is used from the next start on; "dtdqm native remove" takes it out again.');
    });
  native
    .command('remove')
    .description('Remove the native part')
    .action(async () => {
      say(
        (await removeNative())
          ? 'Removed. WebAssembly computes the scores from the next start on.'
          : 'There is none.',
      );
    });
}
