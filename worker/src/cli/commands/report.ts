import { Option, type Command } from 'commander';
import type { ReportWanted } from '../printReport.ts';
import { sinceOption } from '../sinceOption.ts';
import { wholeNumberOption } from '../wholeNumberOption.ts';

interface Options {
  since?: Extract<ReportWanted, { about: 'incidents' }>['since'];
  run?: number;
  json?: boolean;
}

export function register(program: Command): void {
  program
    .command('report')
    .description('Say what is new, known and healed, or draft what to say of a run when certifying it')
    .addOption(
      new Option(
        '--since <run|time>',
        'from this run or moment on, e.g. 302634 or 2026-05-04T06:00Z; the last 24 hours unless set',
      )
        .argParser(sinceOption)
        .conflicts('run'),
    )
    .option('--run <run>', 'the draft for this run instead', wholeNumberOption(1, 2_147_483_647))
    .option('--json', 'as JSON instead of Markdown')
    .action(async ({ since, run, json = false }: Options) => {
      const { printReport } = await import('../printReport.ts');
      const lastDay = { at: new Date(Date.now() - 24 * 3600 * 1000).toISOString() };
      await printReport(
        run === undefined ? { about: 'incidents', since: since ?? lastDay } : { about: 'run', run },
        json,
      );
    });
}
