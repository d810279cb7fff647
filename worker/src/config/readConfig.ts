import { ConfigError } from './configError.ts';
import { faultsAcrossSettings } from './acrossSettings.ts';
import { readSecretFile } from './secretFile.ts';
import type { Setting } from './setting.ts';
import { settings, type Settings } from './settings.ts';
import { findUnknownVariables } from './unknownVariables.ts';

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
