import { access, constants, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { lowestGrafana } from '@dtdqm/contract/grafana';

/** What keeps Grafana from starting, in one line for people, with the next step. */
export class GrafanaError extends Error {
  override readonly name = 'GrafanaError';
}

export interface GrafanaProgram {
  /** What to run, with the arguments that come first, one program for everything. */
  command: string;
  args: readonly string[];
  /** Folder that holds Grafana's conf and public. */
  home: string;
}

const lowest = lowestGrafana.split('.').slice(0, 2).map(Number) as [number, number];

/** Why its panels and dashboards will not work; undefined when they will. @param version as Grafana tells it, `12.4.0`. */
export function tooOld(version: string): string | undefined {
  const [major = NaN, minor = 0] = version.split('.').map(Number);
  return major < lowest[0] || (major === lowest[0] && minor < lowest[1])
    ? `Grafana ${version} is older than ${lowest.join('.')}: panels will not load`
    : undefined;
}

/** Where packages put what the program itself does not lie beside. */
const packagedHomes = [
  '/usr/share/grafana',
  '/usr/local/share/grafana',
  '/opt/homebrew/share/grafana/share/grafana',
];

/** @throws {GrafanaError} with the next step when there is none. */
export async function requireGrafana(where: GrafanaPlaces): Promise<GrafanaProgram> {
  const program = await findGrafana(where);
  if (program !== null) return program;
  throw new GrafanaError(
    `no Grafana found on PATH; install one (${lowest.join('.')} or newer), or unpack an archive and name its folder in GRAFANA_HOME`,
  );
}

/** Environment variables that tell where it may be. */
export interface GrafanaPlaces {
  PATH?: string | undefined;
  GRAFANA_HOME?: string | undefined;
}

/**
 * Grafana on this machine: in GRAFANA_HOME when that is set (an unpacked archive, or the home of an installation), else on
 * PATH. Null when there is none.
 *
 * @throws {GrafanaError} when GRAFANA_HOME is set, but holds no Grafana.
 */
export async function findGrafana(env: GrafanaPlaces): Promise<GrafanaProgram | null> {
  const wanted = env.GRAFANA_HOME?.trim();
  const onPath = (env.PATH ?? '').split(path.delimiter).filter((folder) => folder !== '');
  if (!wanted) {
    const program = await findProgram(onPath);
    const home = program && (await firstHome([...besides(program.command), ...packagedHomes]));
    return program && home ? { ...program, home } : null;
  }
  const program = await findProgram([path.join(wanted, 'bin'), wanted, ...onPath]);
  const home = await firstHome([wanted]);
  if (!program || !home) {
    const lack = home ? 'no program grafana, nor is there one on PATH' : 'no conf/defaults.ini';
    throw new GrafanaError(
      `GRAFANA_HOME is ${wanted}, which holds ${lack}; name the folder of an unpacked Grafana`,
    );
  }
  return { ...program, home };
}

async function findProgram(
  folders: readonly string[],
): Promise<Pick<GrafanaProgram, 'command' | 'args'> | null> {
  for (const folder of folders) {
    const command = path.join(folder, 'grafana');
    if (await isProgram(command)) return { command: await realpath(command), args: ['server'] };
  }
  return null;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await access(file, constants.X_OK);
    return (await stat(file)).isFile();
  } catch {
    return false;
  }
}

function besides(command: string): string[] {
  return [path.resolve(command, '../..'), path.resolve(command, '..')];
}

async function firstHome(folders: readonly string[]): Promise<string | null> {
  for (const folder of folders) {
    const found = await access(path.join(folder, 'conf', 'defaults.ini')).then(
      () => true,
      () => false,
    );
    if (found) return folder;
  }
  return null;
}
