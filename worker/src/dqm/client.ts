import pLimit from 'p-limit';
import type { ChamberId, Matrix } from '@dtdqm/contract';
import { readCertificate } from './certificate.ts';
import { Circuit } from './circuit.ts';
import { classicDialect } from './classicDialect.ts';
import { bareDataset, type Dialect } from './dialect.ts';
import { DqmError, type DqmErrorCode, type Subject } from './error.ts';
import { newDialect } from './newDialect.ts';
import { settingsOf, type DqmClientOptions } from './options.ts';
import { Pace } from './pace.ts';
import { jsonOf } from './reply.ts';
import { retry } from './retry.ts';
import type { ListedRun, OccupancySource, RunQuery } from './source.ts';
import { Transport, type Reply } from './transport.ts';

/**
 * A client of the CMS DQM server, classic or new.
 *
 * @throws {RangeError} for an option out of range, {CertificateError} for a certificate that cannot work.
 */
export function createDqmClient(options: DqmClientOptions): OccupancySource {
  const settings = settingsOf(options);
  const transport = new Transport({ ...settings, tls: readCertificate(options.certificate ?? {}) });
  const pace = new Pace(settings.requestsPerSecond, settings.burst, settings.maxBackOffMs);
  const circuit = new Circuit(settings.circuitFailures, settings.circuitOpenMs);
  const limit = pLimit(settings.concurrency);
  const closing = new AbortController();

  /** One question with all its tries. A try that waits keeps its place, so that a struggling server sees fewer requests. */
  const ask = <Result>(
    path: string,
    subject: Subject,
    signal: AbortSignal | undefined,
    read: (reply: Reply, url: string) => Result,
    maxBytes = settings.maxReplyBytes,
  ): Promise<Result> => {
    const url = settings.url + path;
    const stops = signal ? [signal, closing.signal] : [closing.signal];
    const once = async () => {
      await pace.turn(subject, stops);
      try {
        return await circuit.run(subject, async () =>
          read(await transport.get(url, subject, stops, maxBytes), url),
        );
      } catch (thrown) {
        const wait = thrown instanceof DqmError ? thrown.retryAfterMs : undefined;
        if (wait !== undefined) pace.quietFor(wait);
        throw thrown;
      }
    };
    return limit(() => retry(once, { ...settings, stops }));
  };

  const findDialect = dialectFinder(settings.dialect, (dialect) =>
    ask(dialect.probe, {}, undefined, (reply, url) => {
      jsonOf(reply, url, {});
    }),
  );

  return {
    async listRuns(query: RunQuery, signal?: AbortSignal): Promise<ListedRun[]> {
      const dialect = await findDialect();
      const listed = await ask(dialect.listing(query.dataset), {}, signal, dialect.parseListing);
      return chosen(listed, query);
    },

    async fetchChamber(run: ListedRun, chamber: ChamberId, signal?: AbortSignal): Promise<Matrix> {
      const dialect = await findDialect();
      const subject = { run: run.run, chamber };
      const read = (reply: Reply, url: string) => dialect.parseHistogram(reply, url, subject);
      return ask(dialect.histogram(run, chamber), subject, signal, read, settings.maxHistogramBytes);
    },

    ready: (signal) => circuit.ready(signal ? AbortSignal.any([signal, closing.signal]) : closing.signal),

    async close(): Promise<void> {
      closing.abort();
      await transport.close();
    },
  };
}

/** The server matches loosely, so dataset and bounds are checked here; every run once, newest first. */
function chosen(
  listed: readonly ListedRun[],
  { dataset, firstRun = 1, lastRun = Infinity }: RunQuery,
): ListedRun[] {
  const runs = listed
    .filter((item) => item.dataset === bareDataset(dataset) && item.run >= firstRun && item.run <= lastRun)
    .map(({ run }) => run);
  return [...new Set(runs)].sort((a, b) => b - a).map((run) => ({ run, dataset }));
}

/** Asks a server of unknown kind once, on behalf of all callers; a failure is not remembered. */
function dialectFinder(
  wanted: 'classic' | 'new' | 'auto',
  probe: (dialect: Dialect) => Promise<void>,
): () => Promise<Dialect> {
  if (wanted !== 'auto') return () => Promise.resolve(wanted === 'classic' ? classicDialect : newDialect);
  let found: Promise<Dialect> | undefined;
  const find = async () => {
    try {
      await probe(classicDialect);
      return classicDialect;
    } catch (fault) {
      // Addresses that a server does not know it answers with "not found" or with its front page.
      const unknownAddress = fault instanceof DqmError && !fault.mayPass && strangers.includes(fault.code);
      if (!unknownAddress) throw fault;
      await probe(newDialect);
      return newDialect;
    }
  };
  return () => {
    found ??= find().catch((fault: unknown) => {
      found = undefined;
      throw fault;
    });
    return found;
  };
}

const strangers: readonly DqmErrorCode[] = ['server-error', 'login-page'];
