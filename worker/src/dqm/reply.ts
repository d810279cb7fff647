import { DqmError, type Subject } from './source.ts';
import type { Reply } from './transport.ts';

/**
 * The JSON value of a reply, or the error that the reply amounts to. The server hides many failures behind status 200.
 *
 * @throws {DqmError} with what the reply means; never `absent`, which only a dialect can tell.
 */
export function jsonOf(reply: Reply, url: string, subject: Subject): unknown {
  refuseStatus(reply, url, subject);
  const text = reply.text.trim();
  // Not by the type: the classic server sends histograms as text/html, which is CherryPy's own where a handler names none.
  if (text.startsWith('<')) {
    throw new DqmError(
      'login-page',
      'got a web page instead of data; is the client certificate valid?',
      subject,
    );
  }
  if (text.includes('JSON preparing process was interrupted')) {
    throw new DqmError(
      'server-exception',
      'the server was interrupted while it prepared the histogram',
      subject,
    );
  }
  const value = parse(text, subject);
  if (typeof value === 'object' && value !== null && 'error' in value) {
    throw new DqmError('server-exception', `the server says: ${inWords(value.error)}`, subject);
  }
  return value;
}

function refuseStatus({ status, location, retryAfter, date }: Reply, url: string, subject: Subject): void {
  if (status >= 200 && status < 300) return;
  const fail = (code: 'overloaded' | 'server-error', reason: string, mayPass: boolean) =>
    new DqmError(code, reason, subject, {
      mayPass,
      retryAfterMs: mayPass ? waitOf(retryAfter, date) : undefined,
    });
  if (status >= 300 && status < 400) throw redirected(location, url, subject);
  if (status === 401 || status === 403) {
    throw new DqmError(
      'not-authorised',
      `the server refuses us (status ${status}); check the certificate`,
      subject,
    );
  }
  if (status === 429) throw fail('overloaded', 'the server is overloaded (status 429)', true);
  if (status >= 500 || status === 408)
    throw fail('server-error', `the server failed (status ${status})`, true);
  throw fail(
    'server-error',
    `the server knows no such address (status ${status}); check the DQM URL and DQM_DIALECT`,
    false,
  );
}

function redirected(location: string | undefined, url: string, subject: Subject): DqmError {
  const target = location !== undefined && URL.canParse(location, url) ? new URL(location, url) : undefined;
  const leaves = target !== undefined && target.host !== new URL(url).host;
  if (target && (leaves || /login|sso|auth|signin|shibboleth|saml/i.test(target.pathname))) {
    const reason = `redirected to the login page at ${target.host}; is the client certificate valid?`;
    return new DqmError('login-page', reason, subject);
  }
  const where = target ? target.origin + target.pathname : 'nowhere';
  return new DqmError('server-error', `redirected to ${where}; check the DQM URL`, subject, {
    mayPass: false,
  });
}

/**
 * A server that asks for a day, or whose clock is wrong, must not silence the worker for a day: after these 5 minutes it is asked
 * once more, and may say so again.
 */
export const longestRetryAfterMs = 5 * 60_000;

/**
 * Seconds or a date, as HTTP allows, bounded; undefined when neither. A date is one by the clock of the server, which the reply's own
 * date tells: how far that is from ours makes no wait longer.
 */
function waitOf(retryAfter: string | undefined, date: string | undefined): number | undefined {
  if (retryAfter === undefined) return undefined;
  const isSeconds = /^\d+(\.\d+)?$/.test(retryAfter.trim());
  const now = Date.parse(date ?? '') || Date.now();
  const wait = isSeconds ? Number(retryAfter) * 1000 : Date.parse(retryAfter) - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), longestRetryAfterMs);
}

/** Takes time in proportion to the text whatever that is: a look behind over spaces would take its square. */
const bareNumbers = /([[,:]\s*)([+-]?(?:nan|inf|infinity))(?=\s*[\],}])/gi;

function parse(text: string, subject: Subject): unknown {
  if (text === '') throw new DqmError('invalid-json', 'the reply is empty', subject);
  try {
    return JSON.parse(text);
  } catch (cause) {
    // The server writes nan and inf without quotes. Quoted, they are found where they stand and named there.
    const quoted = text.replace(bareNumbers, '$1"$2"');
    const repaired = quoted === text ? undefined : attempt(quoted);
    if (repaired !== undefined) return repaired;
    if (/^[{[]/.test(text)) {
      const reason = `the reply is not JSON, or not all of it came (${text.length} characters)`;
      throw new DqmError('invalid-json', reason, subject, { cause });
    }
    throw new DqmError('server-exception', `the server says: ${excerpt(text)}`, subject, { cause });
  }
}

function attempt(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A value that is not what it must be, for people. Lists may be nested without end, so they are not written out. */
export function inWords(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  return excerpt(String(value));
}

/** One short line of what a server said, fit for a log. */
export function excerpt(text: string): string {
  const line = text.replace(/[\p{Cc}\s]+/gu, ' ').trim();
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
