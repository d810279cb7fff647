import { Option, type Command } from 'commander';
import type { ReportWanted, ImportCommand } from '../reportsLabelsBackups.ts';
import { sinceOption, wholeNumberOption } from '../commandLine.ts';
import { exportFormats, flagMeanings, importFormats } from '../../api/labels.ts';
import type { ExportFormat } from '../../storage/labels/transfer.ts';

export function register(program: Command): void {
  registerReport(program);
  registerLabels(program);
  registerMigrate(program);
  registerBackup(program);
  registerRestore(program);
}

interface ReportOptions {
  since?: Extract<ReportWanted, { about: 'incidents' }>['since'];
  run?: number;
  json?: boolean;
}

function registerReport(program: Command): void {
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
    .action(async ({ since, run, json = false }: ReportOptions) => {
      const { printReport } = await import('../reportsLabelsBackups.ts');
      const lastDay = { at: new Date(Date.now() - 24 * 3600 * 1000).toISOString() };
      await printReport(
        run === undefined ? { about: 'incidents', since: since ?? lastDay } : { about: 'run', run },
        json,
      );
    });
}

function registerLabels(program: Command): void {
  const labels = program.command('labels').description('Take labels out and in, and see how they stand');
  labels
    .command('export')
    .description('Write all labels to a file or standard output')
    .addOption(
      new Option(
        '--format <name>',
        'jsonl holds every event whole, csv is a table for people, original is the original tool’s CSV',
      )
        .choices(exportFormats)
        .default('jsonl'),
    )
    .option('--out <file>', 'file to write; must not exist yet')
    .action(async (options: { format: ExportFormat; out?: string }) =>
      (await import('../reportsLabelsBackups.ts')).writeLabels(options.format, options.out),
    );
  labels
    .command('import')
    .description(
      'Take in a file of labels, all or, with --strict, none; the same file may come any number of times',
    )
    .argument('<file>', 'file to read; "-" for standard input')
    .addOption(
      new Option('--format <name>', 'jsonl as exported, or original, the original tool’s CSV')
        .choices(importFormats)
        .makeOptionMandatory(),
    )
    .option('--expert <name>', 'whose labels those of the original form are (default: this account)')
    .option('--strict', 'store nothing at all when any line is refused')
    .addOption(
      new Option(
        '--flags <meaning>',
        'what 1 means in the original form where no header says it: bad as it exports, good as it imports',
      ).choices(flagMeanings),
    )
    .option('--top-first', 'layer 1 of the original form is the top row, as on its page')
    .option('--check', 'only show what would become of the lines')
    .option('--yes', 'do not ask on a terminal before anything is stored')
    .action(async (file: string, options: ImportCommand) =>
      (await import('../reportsLabelsBackups.ts')).readLabels(file, options),
    );
  labels
    .command('agreement')
    .description('How far experts agree who judged the same chambers')
    .action(async () => (await import('../reportsLabelsBackups.ts')).printAgreement());
}

function registerMigrate(program: Command): void {
  program
    .command('migrate')
    .description('Bring the database schema up to date; every start does so too')
    .action(async () => {
      const { migrateDatabase } = await import('../reportsLabelsBackups.ts');
      await migrateDatabase();
    });
}

function registerBackup(program: Command): void {
  program
    .command('backup')
    .description('Write everything that is stored into a new folder, while work goes on')
    .argument('<folder>', 'new or empty folder')
    .action(async (folder: string) => {
      const { backUp } = await import('../reportsLabelsBackups.ts');
      await backUp(folder);
    });
}

function registerRestore(program: Command): void {
  program
    .command('restore')
    .description('Fill an empty database from a folder that "dtdqm backup" wrote')
    .argument('<folder>', 'folder of the back-up')
    .action(async (folder: string) => {
      const { restore } = await import('../reportsLabelsBackups.ts');
      await restore(folder);
    });
}
