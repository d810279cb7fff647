import { readConfig } from '../config/index.ts';
import { runLinks } from '../incidents/report/links.ts';
import { reportMarkdown } from '../incidents/report/reportMarkdown.ts';
import { createLog } from '../log.ts';
import { takeInRuns } from '../pipeline/incidents.ts';
import { certificationOf, reportSince, type Since } from '../storage/incidents/report.ts';
import { openStorage } from '../storage/storage.ts';

export type ReportWanted = { about: 'incidents'; since: Since } | { about: 'run'; run: number };

/**
 * Prints the morning report, or the draft for one run, from what is stored.
 *
 * @throws when the run is not stored.
 */
export async function printReport(wanted: ReportWanted, json: boolean): Promise<void> {
  const config = readConfig();
  const log = createLog({ level: 'warn', format: config.logFormat, stream: process.stderr });
  const { databaseUrl, dataDirectory, grafanaUrl } = config;
  const storage = await openStorage({ databaseUrl, dataDirectory, log });
  try {
    // Runs that no worker has taken in yet would be missing.
    await takeInRuns(storage.database);
    const { data, text } = await writeReport();
    process.stdout.write(json ? `${JSON.stringify(data, null, 2)}\n` : `${text}\n`);
  } finally {
    await storage.close();
  }

  async function writeReport(): Promise<{ data: unknown; text: string }> {
    if (wanted.about === 'incidents') {
      const report = await reportSince(storage.database, wanted.since);
      return { data: report, text: reportMarkdown(report) };
    }
    const { run } = wanted;
    const draft = await certificationOf(storage.database, run, runLinks(run, grafanaUrl));
    if (draft === null) throw new Error(`run ${run} is not stored; "dtdqm fetch ${run}" brings it`);
    return { data: draft, text: draft.comment };
  }
}
