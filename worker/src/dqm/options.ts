import type { CertificateFiles } from './certificate.ts';

export interface DqmClientOptions {
  /** Where the DQM server begins, e.g. `https://cmsweb.cern.ch/dqm/online`. */
  url: string;
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
}

export type DqmClientSettings = Required<Omit<DqmClientOptions, 'certificate'>>;

const defaults = {
  dialect: 'auto',
  concurrency: 16,
  timeoutMs: 20_000,
  maxReplyBytes: 16 * 1024 * 1024,
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
