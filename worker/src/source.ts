import { refuseSpecialFile } from '@dtdqm/detector/files';
import { startSimulator } from '@dtdqm/simulator/server';
import { readReplay } from '@dtdqm/simulator/sources';
import type { Config } from './config/index.ts';
import { createDqmClient } from './dqm/client.ts';
import { usualHistogram } from './dqm/histogramPath.ts';
import type { OccupancySource } from './dqm/source.ts';
import { simulatedRuns } from './simulatedRuns.ts';

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
