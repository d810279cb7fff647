import { resolve } from 'node:path';
import { validate } from 'node-cron';
import { z } from 'zod';
import { faultOfTemplate } from '../dqm/histogramPath.ts';

/** A whole number in decimal digits, both ends included. */
export function wholeNumber(least: number, most: number) {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,15}$/, { error })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error });
}

/** A decimal number, both ends included. */
export function decimal(least: number, most: number) {
  const error = `must be a number from ${least} to ${most}`;
  return z
    .string()
    .regex(/^\d{1,9}(\.\d{1,9})?$/, { error })
    .transform(Number)
    .refine((value) => value >= least && value <= most, { error });
}

export function oneOf<const Name extends string>(names: readonly Name[]) {
  const isName = (text: string): text is Name => names.some((name) => name === text);
  const error = `must be one of ${names.join(', ')}`;
  return z
    .string()
    .refine(isName, { error })
    .transform((text) => text as Name);
}

/** An address with one of the given schemes. */
export function url(...schemes: string[]) {
  const begin = schemes.map((scheme) => `${scheme}://`).join(' or ');
  return z.string().refine(
    (text) => {
      if (!URL.canParse(text)) return false;
      const { protocol, hostname } = new URL(text);
      return schemes.includes(protocol.slice(0, -1)) && hostname !== '';
    },
    { error: `must be an address that begins with ${begin}` },
  );
}

/** Where a server of ours begins: paths are put behind it, so nothing may follow the path, and access is never by password. */
export const serverUrl = url('http', 'https').superRefine((text, context) => {
  if (!URL.canParse(text)) return;
  const { username, password, search, hash } = new URL(text);
  const refuse = (message: string) => context.addIssue({ code: 'custom', message });
  if (username !== '' || password !== '') refuse('must not hold a user name or password');
  if (search !== '' || hash !== '') refuse('must not hold a query or a fragment');
});

/** Modes of libpq that say what they do; what each other one should be. */
const tlsModes = ['disable', 'require', 'verify-ca', 'verify-full'];
const otherTlsModes: Readonly<Record<string, string>> = {
  prefer: 'may leave the connection open to be read: set require, or disable',
  allow: 'may leave the connection open to be read: set require, or disable',
  'no-verify': 'is no mode of PostgreSQL: set require, which encrypts and does not check the certificate',
};

/** `postgres://user:password@/name?host=/directory`, libpq's way to name a Unix socket; the host parameter goes before one that stands in its place. */
const socketAddress = /^(postgres(?:ql)?:\/\/)([^/?#]*@)?([^/?#@]*)(\/[^?#]*)?\?(.*)$/;

/**
 * Puts a Unix socket where pg and all who read the address look for the host, and leaves out sslmode, of which libpq takes no notice then.
 */
function withSocketAsHost(text: string): string {
  const [, scheme = '', user = '', host = '', name = '', query = ''] = socketAddress.exec(text) ?? [];
  const parameters = new URLSearchParams(query);
  const directory = parameters.get('host') ?? (/^%2f/i.test(host) ? decodeURIComponent(host) : '');
  if (!directory.startsWith('/')) return text;
  for (const each of ['host', 'sslmode']) parameters.delete(each);
  const rest = parameters.size > 0 ? `?${parameters}` : '';
  return `${scheme}${user}${encodeURIComponent(directory)}${name}${rest}`;
}

/** What is wrong with the address of a server, in words that go behind its name; null when nothing is. */
function faultOfAddress(text: string): string | null {
  if (!/^postgres(ql)?:\/\//.test(text))
    return 'must be an address that begins with postgres:// or postgresql://';
  if (/^\w+:\/\/([^@/?#]*@)?([/?#]|$)/.test(text))
    return 'names no host: write postgres://user:password@host:port/name, or ?host=/directory for a Unix socket';
  const address = URL.canParse(text) ? new URL(text) : undefined;
  // A password ends where one of these stands as it is, and what comes behind is taken for host, name or nothing.
  const isCut = (url: URL) =>
    url.hash !== '' ||
    /[@/]/.test(url.pathname.slice(1)) ||
    [...url.searchParams.keys()].join().includes('@');
  if (address === undefined || isCut(address))
    return 'cannot be read: in user and password write # as %23, / as %2F, ? as %3F, @ as %40 and % as %25';
  const { hostname, searchParams } = address;
  if (`${hostname}${searchParams.get('host') ?? ''}`.includes(','))
    return 'names several hosts, which are not tried in turn: give one, or the address of what stands before them';
  if (searchParams.has('ssl')) return 'names ssl, which is no parameter of PostgreSQL: set sslmode';
  return null;
}

/**
 * Address of a PostgreSQL server, whose sslmode means what libpq means by it: without being told so, pg takes all but disable for
 * verify-full.
 */
export const postgresUrl = z
  .string()
  .transform(withSocketAsHost)
  .superRefine((text, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const fault = faultOfAddress(text);
    if (fault !== null) return refuse(fault);
    const { searchParams } = new URL(text);
    const mode = searchParams.get('sslmode');
    if (mode === null || (tlsModes.includes(mode) && mode !== 'verify-ca')) return;
    if (mode !== 'verify-ca') {
      refuse(`sslmode=${mode} ${otherTlsModes[mode] ?? `must be one of ${tlsModes.join(', ')}`}`);
    } else if (!searchParams.has('sslrootcert')) {
      refuse('sslmode=verify-ca needs sslrootcert=FILE with the authority to trust');
    }
  })
  .transform((text) => {
    const address = new URL(text);
    if (!address.searchParams.has('sslmode')) return text;
    address.searchParams.set('uselibpqcompat', 'true');
    return address.href;
  });

/** A file or folder, absolute afterwards: a later change of the working directory must not move it. */
export const path = z.string().transform((text) => resolve(text));

/** Path of histograms with the names of what differs, see histogramPath.ts. */
export const histogramTemplate = text(500).superRefine((template, context) => {
  const fault = faultOfTemplate(template);
  if (fault !== null) context.addIssue({ code: 'custom', message: fault });
});

export const hostAddress = z.string().regex(/^[\w.:-]+$/, {
  error: 'must be a host name or an IP address without port',
});

/** Five or six fields as node-cron reads them. */
export const cron = z.string().refine(validate, {
  error: 'must be a cron expression such as "*/5 * * * *"',
});

export const cronOrNever = z.string().refine((text) => text === 'never' || validate(text), {
  error: 'must be a cron expression such as "0 3 * * *", or "never"',
});

/** 16 characters of base64 are 96 bits: beyond guessing over a network. */
export const token = z
  .string()
  .min(16, { error: 'must have at least 16 characters; make one with: openssl rand -base64 24' })
  .regex(/^[\x21-\x7e]+$/, { error: 'must not contain spaces or characters beyond ASCII' });

export function text(longest: number) {
  return z.string().max(longest, { error: `must have at most ${longest} characters` });
}
