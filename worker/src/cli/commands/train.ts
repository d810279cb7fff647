import type { Command } from 'commander';
import { wholeNumberOption } from '../commandLine.ts';

interface Options {
  out?: string;
  modelVersion: string;
  seed?: number;
  runs?: number;
  epochs?: number;
  labels?: string;
}

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
    .action(async (options: Options) => {
      const { trainModel } = await import('@dtdqm/lab/training/trainModel');
      await trainModel(options, process.stderr);
    });
}
