import { type Setting, type Settings, settings } from './settings.ts';
import { readFileSync } from 'node:fs';
import { FileError, refuseSpecialFile } from '@dtdqm/detector/files';

/** Everything that is wrong with the configuration at once; the message has one line a fault and holds no secret. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(
      faults.length === 1
        ? `configuration: ${faults[0]}`
        : ['the configuration has several faults:', ...faults.map((fault) => `  - ${fault}`)].join('\n'),
    );
    this.faults = faults;
  }
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Validated configuration; holds secrets, so log it through describeConfig.ts only. */
export type Config = Readonly<Settings>;

/**
 * Configuration from environment variables. An empty variable counts as absent, as compose files produce them.
 *
 * @throws {ConfigError} that lists all faults at once, without secrets.
 */
export function readConfig(env: Environment = process.env): Config {
  const faults = findUnknownVariables(setNames(env), knownNames());
  const values: Record<string, unknown> = {};
  for (const [key, setting] of Object.entries<Setting<unknown>>(settings)) {
    try {
      const text = textOf(env, setting);
      values[key] = text === undefined ? setting.fallback : parse(setting, text);
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  // Comparing settings makes sense only where each is sound by itself.
  if (faults.length === 0) faults.push(...faultsAcrossSettings(values as Settings));
  if (faults.length > 0) throw new ConfigError(faults);
  return values as Settings;
}

function textOf(env: Environment, { name, secret = false }: Setting<unknown>): string | undefined {
  const direct = env[name]?.trim() || undefined;
  const file = secret ? env[fileVariable(name)]?.trim() || undefined : undefined;
  if (file === undefined) return direct;
  if (direct !== undefined)
    throw new Error(`${name} and ${fileVariable(name)} are both set; keep one of them`);
  try {
    return readSecretFile(file);
  } catch (error) {
    throw new Error(`${fileVariable(name)} ${(error as Error).message}`, { cause: error });
  }
}

function parse({ name, schema, secret = false }: Setting<unknown>, text: string): unknown {
  const parsed = schema.safeParse(text);
  if (parsed.success) return parsed.data;
  const rule = parsed.error.issues[0]?.message ?? 'is not valid';
  throw new Error(secret ? `${name} ${rule}` : `${name} ${rule}, is "${withoutPassword(text)}"`);
}

/** Addresses that should hold no password are printed when they do. */
function withoutPassword(text: string): string {
  return text.replace(/(:\/\/)[^/@]*@/, '$1(secret)@');
}

/** Where the file of a secret is named. */
export function fileVariable(name: string): string {
  return `${name}_FILE`;
}

function knownNames(): string[] {
  return Object.values<Setting<unknown>>(settings).flatMap(({ name, secret }) =>
    secret ? [name, fileVariable(name)] : [name],
  );
}

function setNames(env: Environment): string[] {
  return Object.keys(env).filter((name) => (env[name] ?? '').trim() !== '');
}

const loopback = /^(127\.\d+\.\d+\.\d+|::1|localhost)$/;

/** True for addresses that other machines cannot reach. */
export function isLoopback(host: string): boolean {
  return loopback.test(host);
}

/** Faults that no single variable shows. */
export function faultsAcrossSettings(config: Settings): string[] {
  const faults: string[] = [];
  if (!isLoopback(config.apiHost) && config.apiToken === undefined) {
    faults.push(
      `API_HOST ${config.apiHost} lets other machines in, which needs API_TOKEN or API_TOKEN_FILE; set one, or listen on 127.0.0.1`,
    );
  }
  if (config.reportingUrl !== undefined && config.databaseUrl === undefined) {
    faults.push('DTDQM_REPORTING_URL needs DATABASE_URL: the embedded database has no replica; set both');
  }
  if (config.dqmKey !== undefined && config.dqmCert === undefined) {
    faults.push('DQM_KEY is of no use without DQM_CERT; set both');
  }
  if (config.dqmPassphraseFile !== undefined && config.dqmCert === undefined) {
    faults.push('DQM_PASSPHRASE_FILE is of no use without DQM_CERT; set both');
  }
  if (config.dqmCert !== undefined && config.dqmUrl?.startsWith('http:')) {
    faults.push('DQM_CERT cannot be shown over http; give DQM_URL as https://');
  }
  if (config.firstRun !== undefined && config.lastRun !== undefined && config.firstRun > config.lastRun) {
    faults.push(
      `DTDQM_RUN_FIRST must not be greater than DTDQM_RUN_LAST, is ${config.firstRun} > ${config.lastRun}`,
    );
  }
  if (config.grafanaUrl !== undefined && config.apiToken === undefined) {
    faults.push('DTDQM_GRAFANA_URL needs API_TOKEN: identities count only beside the right token; set it');
  }
  if (config.notifications === 'email' && config.alertEmail === undefined) {
    faults.push('DTDQM_NOTIFICATIONS email needs DTDQM_ALERT_EMAIL; set it');
  }
  if (config.notifications === 'webhook' && config.alertWebhook === undefined) {
    faults.push('DTDQM_NOTIFICATIONS webhook needs DTDQM_ALERT_WEBHOOK; set it');
  }
  return faults;
}

/**
 * Reads a secret, as Docker and Kubernetes hand them out: the first line of a file.
 *
 * @throws {Error} whose message says what to do, to be put behind the variable's name.
 */
export function readSecretFile(file: string): string {
  let text: string;
  try {
    refuseSpecialFile(file);
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof FileError) throw new Error(`is of no use: ${error.message}`, { cause: error });
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    const reasons: Record<string, string> = {
      ENOENT: 'does not exist; check the path',
      EACCES: 'may not be read by this user; check its permissions',
    };
    throw new Error(`names ${file}, which ${reasons[code] ?? `cannot be read (${code})`}`, { cause: error });
  }
  const secret = text.split(/\r?\n/, 1)[0]?.trim() ?? '';
  if (secret === '') throw new Error(`names ${file}, whose first line is empty; write the secret there`);
  return secret;
}

/** Families that are ours alone: an unknown variable there is a mistake. */
const ownFamilies = /^(DTDQM|DQM)_/;
/** Families that we share with other programs: only what nearly is one of our names is a mistake. */
const sharedFamilies = /^(API|DATABASE|LOG)_/;

/**
 * Misspelt variables, each with the name that was probably meant. A typo would otherwise silently be the default.
 *
 * @param names variables that are set.
 * @param known all names that the monitor reads.
 */
export function findUnknownVariables(names: readonly string[], known: readonly string[]): string[] {
  return names.flatMap((name) => {
    if (known.includes(name)) return [];
    const { nearest, distance } = nearestName(name, known);
    if (ownFamilies.test(name)) {
      const hint = distance <= 4 ? `; did you mean ${nearest}?` : '; remove it, or see dtdqm config';
      return [`${name} is not a setting of the monitor${hint}`];
    }
    if (sharedFamilies.test(name) && distance <= 2) {
      return [`${name} is not a setting of the monitor; did you mean ${nearest}?`];
    }
    return [];
  });
}

function nearestName(name: string, known: readonly string[]): { nearest: string; distance: number } {
  return known.reduce(
    (best, candidate) => {
      const distance = editDistance(name, candidate);
      return distance < best.distance ? { nearest: candidate, distance } : best;
    },
    { nearest: '', distance: Infinity },
  );
}

/** Levenshtein distance, row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const current = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
