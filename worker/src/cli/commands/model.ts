import { Option, type Command } from 'commander';

export function register(program: Command): void {
  const model = program.command('model').description('See and choose the model that scores');
  const reason = new Option('--reason <text>', 'kept in the journal').default('by hand');

  model
    .command('list')
    .description('Registered models, the one in use, and what was done with them')
    .action(async () => (await import('../chooseModel.ts')).listModelChoices());
  model
    .command('promote')
    .description(
      'Put a registered model in use, whatever its report says; workers go over to it within seconds',
    )
    .argument('<model>', '<name>@<version>')
    .addOption(reason)
    .action(async (name: string, options: { reason: string }) =>
      (await import('../chooseModel.ts')).choose('promote', options.reason, name),
    );
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
