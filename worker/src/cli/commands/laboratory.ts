import type { Command } from 'commander';
import { wholeNumberOption } from '../commandLine.ts';

interface TrainOptions {
  out?: string;
  modelVersion: string;
  seed?: number;
  runs?: number;
  epochs?: number;
  labels?: string;
}

interface EvaluateOptions {
  report?: string;
  model?: string;
  beside?: string[];
  original?: string;
  real?: string;
  perKind?: number;
  seeds?: number;
  firstSeed?: number;
  runs?: number;
}

/** Commands of the laboratory. They alone load `@dtdqm/lab`, and only when they are called: a worker never does. */
export function register(program: Command): void {
  program
    .command('train')
    .description('Train the detector of bad layers on simulated faults, and on labels when given')
    .option('--out <dir>', 'folder to write; must not exist yet (default: models/shape-and-rate/<version>)')
    .option('--model-version <version>', 'numbers joined by dots', '1')
    .option('--seed <number>', 'same seed, same weights', wholeNumberOption(0, 2_147_483_647))
    .option('--runs <number>', 'simulated runs to learn from', wholeNumberOption(4, 2000))
    .option('--epochs <number>', 'at most this many passes', wholeNumberOption(1, 500))
    .option('--labels <file>', 'JSON lines {run,wheel,station,sector,matrix,badLayers}')
    .action(async (options: TrainOptions) => {
      const { trainModel } = await import('@dtdqm/lab/training/trainModel');
      await trainModel(options, process.stderr);
    });

  program
    .command('evaluate')
    .description('Print what share of faults of every kind and strength the model finds')
    .option(
      '--report <dir>',
      'write README.md and pictures there, with every method of the literature beside',
    )
    .option('--model <dir>', 'model folder (default: the one that models/default.json points to)')
    .option('--beside <dir...>', 'other model folders, to be shown beside it')
    .option('--original <file.h5>', 'the original CNN, to compare with')
    .option(
      '--real <file>',
      'recorded chambers with badLayers to inject faults into (default: simulated ones)',
    )
    .option('--per-kind <number>', 'chambers with each fault (default 100)', wholeNumberOption(1, 100_000))
    .option('--seeds <number>', 'repetitions (default 10)', wholeNumberOption(1, 1000))
    .option(
      '--first-seed <number>',
      'of those repetitions, and of the faults (default 1)',
      wholeNumberOption(0, 2_000_000_000),
    )
    .option('--runs <number>', 'training runs of each repetition (default 16)', wholeNumberOption(2, 1000))
    .action(async (options: EvaluateOptions) => {
      const { evaluateModel } = await import('@dtdqm/lab/evaluation/evaluateModel');
      await evaluateModel(options, process.stderr, (text) => process.stdout.write(text));
    });

  program
    .command('import-model')
    .description('Turn a Keras model into a model folder')
    .requiredOption('--keras <file.h5>', 'model of the original architecture, saved by Keras 2 as HDF5')
    .requiredOption('--out <dir>', 'folder to write; must not exist yet')
    .action(async ({ keras, out }: { keras: string; out: string }) => {
      const { importKeras } = await import('@dtdqm/lab/keras/importKeras');
      const { label, weights } = await importKeras(keras, out);
      process.stdout.write(`Imported ${label}: ${weights} weights, into ${out}\n`);
    });
}
