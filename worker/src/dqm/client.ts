import type { ChamberId, Matrix } from '@dtdqm/contract';
import { type CertificateFiles, readCertificate } from './certificate.ts';
import { Asker, type Question } from './asker.ts';
import { type AskedOfRun, askProgress, askRunStart } from './eventInfo.ts';
import { classicDialect, type Dialect, bareDataset, newDialect } from './dialects.ts';
import { DqmError, type ListedRun, type Listing, type OccupancySource, type RunQuery } from './source.ts';
import { commonFolder, histogramPath, usualHistogram } from './histogramPath.ts';
import { refuseMultiples } from './histogram.ts';
import { jsonOf } from './reply.ts';
import type { Reply } from './transport.ts';

/**
 * A client of the CMS DQM server, classic or new.
 *
 * @throws {RangeError} for an option out of range, {CertificateError} for a certificate that cannot work.
 */
export function createDqmClient(options: DqmClientOptions): OccupancySource {
  const settings = settingsOf(options);
  const tls = readCertificate(options.certificate ?? {});
  const asker = new Asker(settings, tls, async () => probeOf(await findDialect()));
  const findDialect = dialectFinder(settings.dialect, (dialect) => asker.ask(probeOf(dialect)));

  async function aboutRun<Result>(
    run: ListedRun,
    signal: AbortSignal | undefined,
    about: (ask: <R>(question: Question<R>) => Promise<R>, asked: AskedOfRun) => Promise<Result>,
  ): Promise<Result> {
    const now = settings.now();
    const maxBytes = settings.maxHistogramBytes;
    const asked = { dialect: await findDialect(), run, notOlderThan: notOlderThan(now), now };
    return about((question) => asker.ask({ ...question, signal, maxBytes }), asked);
  }

  return {
    async listRuns(query: RunQuery, signal?: AbortSignal): Promise<Listing> {
      const dialect = await findDialect();
      const path = dialect.listing(query.dataset, notOlderThan(settings.now()));
      const { runs, odd } = await asker.ask({ path, subject: {}, signal, read: dialect.parseListing });
      return { runs: chosen(runs, query), odd };
    },

    async fetchChamber(run, chamber: ChamberId, signal?: AbortSignal): Promise<Matrix> {
      const dialect = await findDialect();
      const subject = { run: run.run, chamber };
      const read = (reply: Reply, url: string) => {
        const matrix = dialect.parseHistogram(reply, url, subject);
        // Recordings may be read off pictures of 256 colours, which makes all numbers multiples.
        if (asker.origin() === 'real') refuseMultiples(matrix, subject);
        return matrix;
      };
      const path = dialect.histogram(
        run,
        histogramPath(settings.histogram, chamber),
        notOlderThan(settings.now()),
      );
      return asker.ask({ path, subject, signal, read, maxBytes: settings.maxHistogramBytes });
    },

    async listLumisections(run: ListedRun, signal?: AbortSignal): Promise<number[]> {
      const { lumisections } = await findDialect();
      const subject = { run: run.run };
      if (lumisections === null) return [];
      const read = (reply: Reply, url: string) => lumisections.parse(reply, url, subject);
      const path = lumisections.path(run);
      return asker.ask({ path, subject, signal, read, maxBytes: settings.maxHistogramBytes });
    },

    fetchRunStart: (run, signal) => aboutRun(run, signal, askRunStart),
    fetchProgress: (run, signal) => aboutRun(run, signal, askProgress),

    async whereHistograms(run: ListedRun, signal?: AbortSignal): Promise<string> {
      const dialect = await findDialect();
      const subject = { run: run.run };
      const read = (reply: Reply, url: string) => dialect.parseFolder(reply, url, subject);
      const listOf = (folder: string) => {
        const path = dialect.folder(run, folder, notOlderThan(settings.now()));
        return asker.ask({ path, subject, signal, read, maxBytes: settings.maxHistogramBytes });
      };
      return whereTo(commonFolder(settings.histogram), listOf);
    },

    origin: () => asker.origin(),
    ready: (signal) => asker.ready(signal),
    close: () => asker.close(),
  };
}

/** What there is of the way to a folder, in words: its contents, or those of the last folder before it that has any. */
async function whereTo(folder: string, listOf: (folder: string) => Promise<string[]>): Promise<string> {
  const parts = folder.split('/');
  for (let depth = parts.length; depth >= 0; depth -= 1) {
    const there = parts.slice(0, depth).join('/');
    const names = await listOf(there);
    if (names.length === 0) continue;
    const some = [...names].sort().slice(0, 8).join(', ') + (names.length > 8 ? ', …' : '');
    const holds = `${there === '' ? 'its dataset' : `its folder ${there}`} holds ${some}`;
    return depth === parts.length ? holds : `it has no ${parts.slice(0, depth + 1).join('/')}; ${holds}`;
  }
  return 'the listing of its folders is empty';
}

/** Any answer in the dialect will do. */
const probeOf = ({ probe }: Dialect) => ({
  path: probe,
  subject: {},
  read: (reply: Reply, url: string) => void jsonOf(reply, url, {}),
});

/** Seconds that a lumisection takes, after which the online DQM has written all histograms anew. */
const lumisection = 23;

/**
 * From when on an answer that the server cached will do, UTC seconds: the last multiple of a lumisection. Nothing newer can
 * be had more often, and the cache still works: nearly all of the 250 requests of a run say the same, so that the server
 * reads the run's list of plots once. "Now" would have it read every second, and each of its 200 places in the cache would
 * go to us; without any it answers what it knew up to an hour ago.
 *
 * Source: `async_lru_timed.py` of cms-DQM/dqmgui, whose key of the cache holds this number too.
 */
function notOlderThan(now: number): number {
  return Math.floor(now / 1000 / lumisection) * lumisection;
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
      // The new one first: it also lists runs at the classic address, but has no histograms there.
      await probe(newDialect);
      return newDialect;
    } catch (fault) {
      // Addresses that a server does not know it answers with "not found" or, every time, with its front page.
      const unknownAddress =
        fault instanceof DqmError &&
        (fault.code === 'login-page' || (fault.code === 'server-error' && !fault.mayPass));
      if (!unknownAddress) throw fault;
      await probe(classicDialect);
      return classicDialect;
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

export interface DqmClientOptions {
  /** Where the DQM server begins, e.g. `https://cmsweb.cern.ch/dqm/online`. */
  url: string;
  /** Path of a chamber's histogram below the dataset, with `{wheel}`, `{station}` and `{sector}`. */
  histogram?: string;
  /** `auto`, the default, asks the server once. */
  dialect?: 'classic' | 'new' | 'auto';
  certificate?: CertificateFiles;
  /** Requests under way at the same time; also the number of connections kept. */
  concurrency?: number;
  /** For one request, from connecting to the last byte. */
  timeoutMs?: number;
  /** Of a listing of runs, unpacked. */
  maxReplyBytes?: number;
  /** Of a histogram, unpacked: real ones have 10 kB, and many are in memory at the same time. */
  maxHistogramBytes?: number;
  /** Tries for one request, the first included. */
  attempts?: number;
  /** Pause before the second try; doubles with every further one. */
  backOffMs?: number;
  /** Longest pause before a try. A server that asks for more is left alone and the request fails. */
  maxBackOffMs?: number;
  /** Requests that may start per second in the long run, and at once after a quiet time. */
  requestsPerSecond?: number;
  burst?: number;
  /** The circuit opens after so many failures in a row that concern the whole server, and lets a request try again after a while. */
  circuitFailures?: number;
  circuitOpenMs?: number;
  /** The time, in milliseconds since 1970. */
  now?: () => number;
}

export type DqmClientSettings = Required<Omit<DqmClientOptions, 'certificate'>>;

const defaults = {
  dialect: 'auto',
  histogram: usualHistogram,
  concurrency: 16,
  timeoutMs: 20_000,
  // Some 700,000 runs; CMS has numbered 400,000 in all its years.
  maxReplyBytes: 64 * 1024 * 1024,
  maxHistogramBytes: 1024 * 1024,
  attempts: 4,
  backOffMs: 250,
  maxBackOffMs: 30_000,
  // A run of 250 chambers passes in a second, and a server far away is slower than this by itself.
  requestsPerSecond: 200,
  burst: 64,
  // All 16 requests under way have then failed in all their tries.
  circuitFailures: 64,
  circuitOpenMs: 30_000,
  now: Date.now,
} as const;

/** @throws {RangeError} that names the faulty option and its rule. */
export function settingsOf({ certificate: _, ...options }: DqmClientOptions): DqmClientSettings {
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const settings: DqmClientSettings = { ...defaults, ...(given as typeof options) };
  for (const [name, value] of Object.entries(settings)) {
    if (typeof value === 'number' && !(value > 0)) {
      throw new RangeError(`DQM client: ${name} must be greater than 0, is ${value}`);
    }
  }
  return { ...settings, url: cleanUrl(settings.url) };
}

function cleanUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new RangeError(`DQM URL must begin with http:// or https://, is "${text}"`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new RangeError('DQM URL must not contain a user name or password; access is by certificate');
  }
  return (url.origin + url.pathname).replace(/\/+$/, '');
}
