import { createReadStream, createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Estimate } from '@dtdqm/contract';
import { measureAgreement } from '../learning/agreement/measureAgreement.ts';
import { sharedOpinions } from '../storage/labels/opinions.ts';
import { exportLabels, type LabelFormat } from '../storage/labels/transfer/exportLabels.ts';
import { importLabels } from '../storage/labels/transfer/importLabels.ts';
import { localActor, say, withDatabase } from './withDatabase.ts';

export interface ImportCommand {
  format: LabelFormat;
  expert?: string;
  strict?: boolean;
}

export async function writeLabels(format: LabelFormat, file: string | undefined): Promise<void> {
  await withDatabase(async ({ database }) => {
    const text = Readable.from(exportLabels(database, format));
    if (file === undefined) for await (const chunk of text) process.stdout.write(chunk as string);
    else await pipeline(text, createWriteStream(file, { flags: 'wx' }));
  });
}

/** @throws when lines were refused: those that were not are stored all the same, unless strict. */
export async function readLabels(
  file: string,
  { format, expert = localActor(), strict = false }: ImportCommand,
): Promise<void> {
  await withDatabase(async ({ database }) => {
    const input = file === '-' ? process.stdin : createReadStream(file);
    const report = await importLabels(database, input, { format, expert, strict });
    const refused = report.lines.filter(({ outcome }) => outcome === 'refused');
    for (const { line, reason } of refused) process.stderr.write(`line ${line}: ${reason}\n`);
    say(
      `${report.taken} taken, ${report.alreadyThere} already there, ${report.refused} refused${report.stored ? '' : '; nothing was stored'}.`,
      report,
    );
    if (report.refused > 0) throw new Error(`${report.refused} lines of ${file} were refused`);
  });
}

export async function printAgreement(): Promise<void> {
  await withDatabase(async ({ database }) => {
    const agreement = measureAgreement(await sharedOpinions(database));
    const figure = ({ value, low, high }: Estimate) =>
      value === null ? 'not defined' : `${value.toFixed(3)} (${low?.toFixed(3)} to ${high?.toFixed(3)})`;
    const { percentAgreement, gwetAc1, krippendorffAlpha, fleissKappa } = agreement.overall;
    const words = [
      `${agreement.layers} layers were judged by two experts or more.`,
      `Agreement            ${figure(percentAgreement)}`,
      `Gwet's AC1           ${figure(gwetAc1)}`,
      `Krippendorff's alpha ${figure(krippendorffAlpha)}`,
      `Fleiss' kappa        ${figure(fleissKappa)}`,
      ...agreement.byPair.map(
        ({ experts, layers, cohenKappa }) =>
          `${experts.join(' and ')}: ${layers} layers, Cohen's kappa ${figure(cohenKappa)}`,
      ),
      ...agreement.warnings,
    ];
    say(words.join('\n'), agreement);
  });
}
