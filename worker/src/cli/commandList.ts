import type { Command } from 'commander';

interface CommandModule {
  register(program: Command): void;
}

/** Every command by name, in the order of the help. Loaded when needed: most bring much with them. */
export const commands: Record<string, () => Promise<CommandModule>> = {
  start: () => import('./commands/start.ts'),
  worker: () => import('./commands/worker.ts'),
  api: () => import('./commands/api.ts'),
  simulate: () => import('./commands/simulate.ts'),
  fetch: () => import('./commands/fetch.ts'),
  migrate: () => import('./commands/migrate.ts'),
  score: () => import('./commands/score.ts'),
  report: () => import('./commands/report.ts'),
  'import-model': () => import('./commands/import-model.ts'),
  train: () => import('./commands/train.ts'),
  evaluate: () => import('./commands/evaluate.ts'),
  retrain: () => import('./commands/retrain.ts'),
  model: () => import('./commands/model.ts'),
  labels: () => import('./commands/labels.ts'),
  native: () => import('./commands/native.ts'),
  backup: () => import('./commands/backup.ts'),
  restore: () => import('./commands/restore.ts'),
  openapi: () => import('./commands/openapi.ts'),
  doctor: () => import('./commands/doctor.ts'),
  config: () => import('./commands/config.ts'),
};
