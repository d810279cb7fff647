import { DqmError, type Subject } from './error.ts';

interface Coded {
  code?: unknown;
  message?: unknown;
  cause?: unknown;
}

const untrusted = [
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
];

/** Turns what the socket, TLS or HTTP layer threw into an error that says what it means. */
export function transportFault(
  thrown: unknown,
  url: string,
  subject: Subject,
  { everAnswered }: { everAnswered: boolean },
): DqmError {
  const root = rootOf(thrown);
  const code = typeof root.code === 'string' ? root.code : '';
  const message = typeof root.message === 'string' ? root.message : String(thrown);
  const { host } = new URL(url);
  const say = (kind: 'unreachable' | 'refused-certificate' | 'timeout', reason: string, mayPass: boolean) =>
    new DqmError(kind, reason, subject, { cause: thrown, mayPass });

  if (untrusted.includes(code)) {
    return say('refused-certificate', `the certificate of ${host} is not trusted; give its CA file`, false);
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return say('refused-certificate', `the certificate of ${host} is not valid today`, false);
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return say('refused-certificate', `the certificate of ${host} is for another host`, false);
  }
  if (
    /certificate[_ ]required|handshake[_ ]failure|bad[_ ]certificate|certificate[_ ]unknown|unknown[_ ]ca/i.test(
      `${code} ${message}`,
    )
  ) {
    return say('refused-certificate', `${host} did not accept our client certificate, or wants one`, false);
  }
  if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/.test(code)) {
    return say('unreachable', `${host} does not speak TLS; is its address http://?`, false);
  }
  if (/TIMEOUT|ETIMEDOUT/.test(code)) return say('timeout', `${host} did not answer in time (${code})`, true);
  // With TLS 1.3 a server judges our certificate after we think that all is well, and many just hang up then.
  if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code) && url.startsWith('https:') && !everAnswered) {
    const reason = `${host} hangs up before its first reply: it probably did not accept our client certificate, or wants one`;
    return say('refused-certificate', reason, true);
  }
  return say('unreachable', `${reasonOf(code, message)} (${host})`, true);
}

function reasonOf(code: string, message: string): string {
  switch (code) {
    case 'ECONNREFUSED':
      return 'connection refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'host name not found';
    case 'ECONNRESET':
    case 'UND_ERR_SOCKET':
      return 'connection lost';
    default:
      return code === '' ? message : `${message} [${code}]`;
  }
}

/** The innermost cause says most; a failed connection to several addresses carries them as a list. */
function rootOf(thrown: unknown): Coded {
  let current = thrown as Coded & { errors?: unknown[] };
  for (let depth = 0; depth < 5; depth += 1) {
    const inner = current.cause ?? (current.errors ? current.errors[0] : undefined);
    if (typeof inner !== 'object' || inner === null) break;
    current = inner;
  }
  return current;
}
