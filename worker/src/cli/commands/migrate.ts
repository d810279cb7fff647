import type { Command } from 'commander';

export function register(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database schema up to date; every start does so too')
    .action(async () => {
      const { migrateDatabase } = await import('../migrateDatabase.ts');
      await migrateDatabase();
    });
}
