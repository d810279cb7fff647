import { Option, type Command } from 'commander';
import { exportFormats } from '../../api/labels/schema.ts';
import type { LabelFormat } from '../../storage/labels/transfer/exportLabels.ts';
import type { ImportCommand } from '../moveLabels.ts';

export function register(program: Command): void {
  const labels = program.command('labels').description('Take labels out and in, and see how they stand');
  const format = () =>
    new Option(
      '--format <name>',
      'jsonl and csv hold every event whole, original is the original tool’s CSV',
    ).choices(exportFormats);

  labels
    .command('export')
    .description('Write all labels to a file or standard output')
    .addOption(format().default('jsonl'))
    .option('--out <file>', 'file to write; must not exist yet')
    .action(async (options: { format: LabelFormat; out?: string }) =>
      (await import('../moveLabels.ts')).writeLabels(options.format, options.out),
    );
  labels
    .command('import')
    .description(
      'Take in a file of labels, all or, with --strict, none; the same file may come any number of times',
    )
    .argument('<file>', 'file to read; "-" for standard input')
    .addOption(format().makeOptionMandatory())
    .option('--expert <name>', 'whose labels those of the original form are (default: this account)')
    .option('--strict', 'store nothing at all when any line is refused')
    .action(async (file: string, options: ImportCommand) =>
      (await import('../moveLabels.ts')).readLabels(file, options),
    );
  labels
    .command('agreement')
    .description('How far experts agree who judged the same chambers')
    .action(async () => (await import('../moveLabels.ts')).printAgreement());
}
