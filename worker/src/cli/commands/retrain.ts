import type { Command } from 'commander';
import type { RetrainCommand } from '../retrainNow.ts';
import { wholeNumberOption } from '../commandLine.ts';

export function register(program: Command): void {
  program
    .command('retrain')
    .description(
      'Train a candidate from labels and simulation, judge it beside the model in use, promote it if surely better',
    )
    .option('--seed <number>', 'same seed and labels, same weights', wholeNumberOption(0, 2_147_483_647))
    .option('--runs <number>', 'simulated runs to learn from', wholeNumberOption(4, 2000))
    .option('--epochs <number>', 'at most this many passes', wholeNumberOption(1, 500))
    .option('--no-promote', 'only train, judge and keep the candidate')
    .option('--scheduled', 'as a schedule does: only when there are new labels and nobody else retrains')
    .option('--report <file>', 'write the report as JSON')
    .action(async (options: RetrainCommand) => {
      const { retrainNow } = await import('../retrainNow.ts');
      await retrainNow(options);
    });
}
