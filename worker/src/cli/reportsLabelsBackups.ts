import { reportMarkdown, runLinks } from '../incidents/report.ts';
import { updateIncidents } from '../pipeline/incidents.ts';
import { type Since, certificationOf, reportSince } from '../storage/incidents/read.ts';
import { localActor, say, withDatabase } from './commandLine.ts';
import { createReadStream, existsSync } from 'node:fs';
import { openOutput } from '@dtdqm/detector';
import type { Estimate } from '@dtdqm/contract';
import { measureAgreement } from '../learning/agreement/measureAgreement.ts';
import { untilAborted } from '../storage/connectionErrors.ts';
import { sharedOpinions } from '../storage/labels/read.ts';
import {
  type ExportFormat,
  type ImportFormat,
  exportLabels,
  importLabels,
} from '../storage/labels/transfer.ts';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { type Manifest, restoreBackup, takeBackup } from '../storage/backup.ts';

export type ReportWanted = { about: 'incidents'; since: Since } | { about: 'run'; run: number };

/**
 * Prints the morning report, or the draft for one run, from what is stored.
 *
 * @throws when the run is not stored.
 */
export async function printReport(wanted: ReportWanted, json: boolean): Promise<void> {
  await withDatabase(async ({ database }, { grafanaUrl }) => {
    // Runs that no worker has taken in yet would be missing.
    await updateIncidents(database);
    if (wanted.about === 'incidents') {
      const report = await reportSince(database, wanted.since);
      return print(report, reportMarkdown(report));
    }
    const { run } = wanted;
    const draft = await certificationOf(database, run, runLinks(run, grafanaUrl));
    if (draft === null) throw new Error(`run ${run} is not stored; "dtdqm fetch ${run}" brings it`);
    print(draft, draft.comment);
  });

  function print(data: object, text: string): void {
    process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`);
  }
}

export interface ImportCommand {
  format: ImportFormat;
  expert?: string;
  strict?: boolean;
  flags?: 'good' | 'bad';
  topFirst?: boolean;
  /** Store nothing. */
  check?: boolean;
  /** Do not ask. */
  yes?: boolean;
}

/** @throws when the file is there already. It gets its name when it is whole. */
export async function writeLabels(format: ExportFormat, file: string | undefined): Promise<void> {
  await withDatabase(async ({ database }, _config, signal) => {
    const text = exportLabels(database, format);
    if (file === undefined) {
      for await (const chunk of text) process.stdout.write(chunk);
      return;
    }
    if (existsSync(file)) throw new Error(`${file} is there already; name another file`);
    const output = await openOutput(file);
    const write = async () => {
      for await (const chunk of text) await output.write(chunk);
    };
    try {
      await untilAborted(write(), signal);
      await output.commit();
    } catch (error) {
      await output.discard();
      throw error;
    }
  });
}

/**
 * Shows the first lines as they are understood before any is stored, and asks where somebody can answer.
 *
 * @throws when lines were refused: those that were not are stored all the same, unless strict.
 */
export async function readLabels(
  file: string,
  { expert = localActor(), check = false, yes = false, ...options }: ImportCommand,
): Promise<void> {
  await withDatabase(async ({ database }, _config, signal) => {
    const input = file === '-' ? process.stdin : createReadStream(file);
    const confirm = async (preview: readonly string[]) => {
      process.stderr.write(preview.map((line) => `${line}\n`).join(''));
      if (check) return false;
      return yes || file === '-' || !process.stdin.isTTY || asked('Store them, and all that follow?', signal);
    };
    const report = await importLabels(database, input, { ...options, expert, confirm });
    const refused = report.lines.filter(({ outcome }) => outcome === 'refused');
    for (const { line, reason } of refused) process.stderr.write(`line ${line}: ${reason}\n`);
    const early =
      report.withoutRun === 0 ? '' : ` (${report.withoutRun} of them about runs that are not stored here)`;
    say(
      `${report.taken} taken${early}, ${report.alreadyThere} already there, ${report.refused} refused${report.stored ? '' : '; nothing was stored'}.`,
      report,
    );
    if (report.refused > 0) throw new Error(`${report.refused} lines of ${file} were refused`);
  });
}

async function asked(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}

export async function printAgreement(): Promise<void> {
  await withDatabase(async ({ database }) => {
    const agreement = measureAgreement(await sharedOpinions(database));
    const figure = ({ value, low, high }: Estimate) =>
      value === null ? 'not defined' : `${value.toFixed(3)} (${low?.toFixed(3)} to ${high?.toFixed(3)})`;
    const { percentAgreement, gwetAc1, krippendorffAlpha, fleissKappa } = agreement.overall;
    const words = [
      `${agreement.layers} layers of ${agreement.chambers} chambers were judged by two experts or more.`,
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

export async function backUp(folder: string): Promise<void> {
  await withDatabase(async ({ url }, _config, signal) =>
    told('Backed up', await takeBackup(url, path.resolve(folder), signal)),
  );
}

export async function restore(folder: string): Promise<void> {
  await withDatabase(async ({ url }, _config, signal) =>
    told('Restored', await restoreBackup(url, path.resolve(folder), signal)),
  );
}

function told(what: string, { tables, takenAt }: Manifest): void {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  process.stdout.write(`${what} ${rows} rows of ${tables.length} tables, as of ${takenAt}.\n`);
}

/** Opening the storage migrates it. */
export async function migrateDatabase(): Promise<void> {
  await withDatabase(async () => undefined);
  process.stdout.write('The database schema is up to date.\n');
}
