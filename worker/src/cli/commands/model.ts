import { Option, type Command } from 'commander';
import { wholeNumberOption } from '../commandLine.ts';
import type { RetrainCommand } from '../retrainNow.ts';

export function register(program: Command): void {
  program
    .command('retrain')
    .description(
      'Train a candidate from labels and simulation, judge it beside the model in use, promote it if surely better',
    )
    .option('--seed <number>', 'same seed and labels, same weights', wholeNumberOption(0, 2_147_483_647))
    .option(
      '--runs <number>',
      'simulated runs on which it keeps what it says, twice',
      wholeNumberOption(1, 200),
    )
    .option('--epochs <number>', 'passes over labels and simulated runs', wholeNumberOption(1, 500))
    .option('--no-promote', 'only train, judge and keep the candidate')
    .option('--scheduled', 'as a schedule does: only when there are new labels and nobody else retrains')
    .option('--report <file>', 'write the report as JSON')
    .action(async (options: RetrainCommand) => {
      const { retrainNow } = await import('../retrainNow.ts');
      await retrainNow(options);
    });

  const model = program.command('model').description('See and choose the model that scores');
  const reason = new Option('--reason <text>', 'kept in the journal').default('by hand');

  model
    .command('list')
    .description('Registered models, the one in use, and what was done with them')
    .action(async () => (await import('../chooseModel.ts')).listModelChoices());
  for (const [command, about] of [
    [
      'promote',
      'Put a registered model in use, whatever its report says; workers go over to it within seconds',
    ],
    [
      'refuse',
      'Do not offer a model again: no roll-back and no retraining with the same weights puts it in use',
    ],
  ] as const) {
    model
      .command(command)
      .description(about)
      .argument('<model>', '<name>@<version>')
      .addOption(reason)
      .action(async (name: string, options: { reason: string }) =>
        (await import('../chooseModel.ts')).choose(command, options.reason, name),
      );
  }
  for (const [command, about] of [
    ['rollback', 'Put the model back in use that was in use before'],
    ['pin', 'Keep retraining from changing the model in use'],
    ['unpin', 'Let retraining change the model in use again'],
  ] as const) {
    model
      .command(command)
      .description(about)
      .addOption(reason)
      .action(async (options: { reason: string }) =>
        (await import('../chooseModel.ts')).choose(command, options.reason),
      );
  }
}
