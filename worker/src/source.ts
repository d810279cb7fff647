import { refuseSpecialFile } from '@dtdqm/detector/files';
import { startSimulator } from '@dtdqm/simulator/server';
import {
  readReplay,
  demoRuns,
  type DemoSettings,
  type HistogramSource,
  type RunsInProgress,
} from '@dtdqm/simulator/sources';
import type { Config } from './config/index.ts';
import { createDqmClient } from './dqm/client.ts';
import { usualHistogram } from './dqm/histogramPath.ts';
import type { OccupancySource } from './dqm/source.ts';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { runNumberSchema } from '@dtdqm/contract';
import { z } from 'zod';

export interface SourceChoice {
  /** Recorded chambers to serve instead of a simulated detector. */
  replay?: string | undefined;
  /** Runs of the simulated detector that are over. */
  runs?: number | undefined;
  /** Whether one more is in progress and others follow it. */
  inProgress?: boolean | undefined;
}

export interface OpenSource {
  source: OccupancySource;
  /** What stands behind it, for people. */
  description: string;
  close(): Promise<void>;
}

/**
 * The DQM server that is configured, or one of our own in this process: over real sockets, so that the way is the same.
 *
 * @throws {CertificateError} and {RangeError} for settings that cannot work, {Error} for a faulty recording.
 */
export async function openSource(
  config: Config,
  { replay, runs = 10, inProgress = false }: SourceChoice,
): Promise<OpenSource> {
  if (config.dqmUrl !== undefined && replay === undefined) {
    const source = openClient(config, config.dqmUrl);
    return { source, description: `DQM server ${config.dqmUrl}`, close: () => source.close() };
  }
  if (replay !== undefined) refuseSpecialFile(replay);
  const { dqmDataset: dataset, dataDirectory } = config;
  const behind =
    replay === undefined
      ? simulatedRuns(dataDirectory, { runs, dataset, goesOn: inProgress })
      : await readReplay(replay, dataset);
  const simulator = await startSimulator({ source: behind });
  const source = openClient(
    { ...config, dqmCert: undefined, dqmDialect: 'auto', dqmHistogram: usualHistogram },
    simulator.url,
  );
  const description =
    replay === undefined
      ? `simulated detector, ${runs} runs${inProgress ? ' and one in progress' : ''}`
      : `recorded chambers in ${replay}`;
  return {
    source,
    description: `${description}, served at ${simulator.url}`,
    async close() {
      await source.close();
      await simulator.close();
    },
  };
}

/** A client as the settings say. @throws {CertificateError} and {RangeError} for settings that cannot work. */
export function openClient(config: Config, url: string): OccupancySource {
  const { dqmCert: cert, dqmKey: key, dqmPassphraseFile: passphraseFile, dqmCa: ca } = config;
  return createDqmClient({
    url,
    dialect: config.dqmDialect,
    histogram: config.dqmHistogram,
    concurrency: config.dqmConcurrency,
    requestsPerSecond: config.dqmRequestsPerSecond,
    timeoutMs: config.dqmTimeoutSeconds * 1000,
    certificate: withoutUndefined({ cert, key: cert && key, passphraseFile, ca }),
  });
}

function withoutUndefined<Name extends string>(
  fields: Record<Name, string | undefined>,
): Partial<Record<Name, string>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<
    Record<Name, string>
  >;
}

/** What is remembered of simulated runs, so that those that are stored are served again as they were. */
const rememberedSchema = z.object({
  /** When the runs that were over at the beginning had ended, milliseconds since 1970. */
  end: z.number(),
  begun: z.array(z.object({ run: runNumberSchema, startedAt: z.number(), firstTrip: z.number() })),
});
type Remembered = z.output<typeof rememberedSchema>;

/** Of the newest; older ones are over for a week and asked for no more. */
const mostBegun = 100;

/**
 * Simulated runs that go on where they were when the monitor is started again: a file in the data directory says which began when. It is
 * read, and written where runs go on, with the first request: only then is it certain that no other monitor has the folder.
 *
 * @param settings.goesOn whether one of them is in progress.
 */
export function simulatedRuns(
  folder: string,
  settings: Pick<DemoSettings, 'runs' | 'dataset' | 'goesOn' | 'now'>,
): HistogramSource {
  const file = path.join(folder, 'simulated.json');
  let opened: RunsInProgress | undefined;
  const open = () => (opened ??= openRuns(file, settings));
  return {
    runs: () => open().runs(),
    chamber: (run, chamber) => open().chamber(run, chamber),
  };
}

function openRuns(
  file: string,
  { now = Date.now, goesOn = true, ...settings }: Parameters<typeof simulatedRuns>[1],
): RunsInProgress {
  const remembered = remember(file) ?? { end: now() - (goesOn ? 10 * 60_000 : 0), begun: [] };
  return demoRuns({
    ...settings,
    ...remembered,
    now,
    goesOn,
    onBegin(begun) {
      remembered.begun = [...remembered.begun, begun].slice(-mostBegun);
      keep(file, remembered);
    },
  });
}

/** Undefined where there is no such file, or it is of no use: then the world begins anew, under numbers that follow. */
function remember(file: string): Remembered | undefined {
  try {
    return rememberedSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return undefined;
  }
}

/** With a database elsewhere there may be no folder to write to: simulated runs then begin anew with the next start. */
function keep(file: string, remembered: Remembered): void {
  try {
    const folder = path.dirname(file);
    // Not with those above it: `recursive` tries for ever where the file system refuses with "no such file", as /proc does.
    if (!existsSync(folder)) mkdirSync(folder);
    writeFileSync(`${file}.new`, JSON.stringify(remembered));
    renameSync(`${file}.new`, file);
  } catch {
    return;
  }
}
