import type { Command } from 'commander';
import { wholeNumberOption } from '../wholeNumberOption.ts';

export function register(program: Command): void {
  program
    .command('fetch')
    .description('Pull, score and store one run here and now, also one that is stored already')
    .argument('<run>', 'number of the run', wholeNumberOption(1, 2_147_483_647))
    .option('--replay <file>', 'from recorded chambers: lines {run,wheel,station,sector,matrix}')
    .action(async (run: number, { replay }: { replay?: string }) => {
      const { fetchOneRun } = await import('../fetchOneRun.ts');
      await fetchOneRun(run, replay);
    });
}
