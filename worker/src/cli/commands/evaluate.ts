import type { Command } from 'commander';
import { wholeNumberOption } from '../commandLine.ts';

interface Options {
  report: string;
  model?: string;
  original?: string;
  real?: string;
  seeds?: number;
  firstSeed?: number;
  runs?: number;
}

export function register(program: Command): void {
  program
    .command('evaluate')
    .description('Compare the model with every method of the literature, on the same simulated data')
    .requiredOption('--report <dir>', 'folder to write README.md and its pictures into')
    .option('--model <dir>', 'model folder (default: the one that models/default.json points to)')
    .option('--original <file.h5>', 'the original CNN, to compare with')
    .option('--real <file>', 'recorded chambers with badLayers, to inject faults into')
    .option('--seeds <number>', 'repetitions (default 10)', wholeNumberOption(1, 1000))
    .option('--first-seed <number>', 'of those repetitions (default 1)', wholeNumberOption(0, 2_000_000_000))
    .option('--runs <number>', 'training runs of each repetition (default 16)', wholeNumberOption(2, 1000))
    .action(async (options: Options) => {
      const { evaluateModel } = await import('@dtdqm/lab/evaluation/evaluateModel');
      await evaluateModel(options, process.stderr);
    });
}
