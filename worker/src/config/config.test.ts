import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { afterAll, describe, expect, it } from 'vitest';
import { configAsMarkdown, configAsText } from './describeConfig.ts';
import { ConfigError, readConfig, type Environment } from './index.ts';
import { settings } from './settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'config-'));
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

function secretFile(text: string): string {
  const file = join(folder, `secret-${Math.random()}`);
  writeFileSync(file, text);
  return file;
}

const token = 'correct-horse-battery-staple';

describe('configuration', () => {
  it('needs nothing on a bare machine', () => {
    expect(readConfig({})).toMatchObject({
      apiHost: '127.0.0.1',
      apiPort: 8080,
      databaseUrl: undefined,
      dqmUrl: undefined,
      logLevel: 'info',
    });
  });

  it('takes empty variables for absent, as compose files produce them', () => {
    expect(readConfig({ API_PORT: '', DQM_URL: ' ' })).toEqual(readConfig({}));
  });

  it('lists all faults at once, each with name, rule and value', () => {
    const faults = faultsOf({
      API_PORT: '80x',
      DQM_DIALECT: 'modern',
      DTDQM_SCHEDULE: 'often',
      DQM_URL: 'ftp://x',
      DTDQM_RUN_FIRST: '-1',
    });
    expect(faults).toHaveLength(5);
    expect(faults).toContain('API_PORT must be a whole number from 0 to 65535, is "80x"');
    expect(faults).toContain('DQM_DIALECT must be one of auto, classic, new, is "modern"');
  });

  it.each([
    ['DTDQM_DATADIR', 'DTDQM_DATA_DIR'],
    ['DQM_UR', 'DQM_URL'],
    ['API_PROT', 'API_PORT'],
    ['API_PORTS', 'API_PORT'],
    ['LOG_LEVL', 'LOG_LEVEL'],
  ])('takes %s for a misspelt %s', (name, meant) => {
    expect(faultsOf({ [name]: 'x' })).toEqual([
      `${name} is not a setting of the monitor; did you mean ${meant}?`,
    ]);
  });

  it('leaves the variables of other programs alone', () => {
    expect(faultsOf({ API_KEY: 'x', DATABASE_NAME: 'x', LOG_DIR: 'x', HOME: 'x' })).toEqual([]);
  });

  it('reads secrets from files, whose last newline does not count', () => {
    expect(readConfig({ API_TOKEN_FILE: secretFile(`${token}\n`) }).apiToken).toBe(token);
  });

  it('refuses a secret that is given twice, or whose file is missing or empty', () => {
    const missing = join(folder, 'missing');
    expect(faultsOf({ API_TOKEN: token, API_TOKEN_FILE: missing })[0]).toMatch(/both set/);
    expect(faultsOf({ API_TOKEN_FILE: missing })[0]).toBe(
      `API_TOKEN_FILE names ${missing}, which does not exist; check the path`,
    );
    expect(faultsOf({ API_TOKEN_FILE: secretFile('\n') })[0]).toMatch(/first line is empty/);
  });

  it('never tells a secret', () => {
    const secrets = { API_TOKEN: 'tooshort', DATABASE_URL: 'mysql://me:hidden@host/x' };
    expect(faultsOf(secrets).join()).not.toMatch(/tooshort|hidden/);
    const config = readConfig({ API_TOKEN: token, DATABASE_URL: 'postgres://me:hidden@host/x' });
    expect(configAsText(config)).not.toMatch(/hidden|correct-horse/);
    expect(configAsText(config)).toContain('host/x');
  });

  it('lets other machines in only with a token', () => {
    expect(faultsOf({ API_HOST: '0.0.0.0' })[0]).toMatch(/needs API_TOKEN/);
    expect(faultsOf({ API_HOST: '0.0.0.0', API_TOKEN: token })).toEqual([]);
  });

  it('compares settings that belong together', () => {
    expect(faultsOf({ DTDQM_RUN_FIRST: '5', DTDQM_RUN_LAST: '4' })[0]).toMatch(/must not be greater/);
    expect(faultsOf({ DQM_KEY: 'k.pem' })[0]).toMatch(/without DQM_CERT/);
    expect(faultsOf({ DQM_CERT: 'c.pem', DQM_URL: 'http://x/dqm' })[0]).toMatch(/https/);
  });

  it('makes paths absolute', () => {
    expect(readConfig({ DTDQM_DATA_DIR: 'here' }).dataDirectory).toBe(join(process.cwd(), 'here'));
  });

  it('documents every variable', () => {
    expect(configAsMarkdown()).toContain('| `API_PORT` | `8080` |');
    expect(configAsMarkdown()).toContain('`API_TOKEN` or `API_TOKEN_FILE`');
  });
});

describe('every setting', () => {
  it('stands in the table of docs/operations/settings.md (npx vitest -u writes it anew)', async () => {
    const file = fileURLToPath(new URL('../../../docs/operations/settings.md', import.meta.url));
    const page = readFileSync(file, 'utf8');
    const text = page.slice(0, page.indexOf('\n## ') + 1) + configAsMarkdown();
    const style = await resolveConfig(file);
    await expect(await format(text, { ...style, parser: 'markdown' })).toMatchFileSnapshot(file);
  });

  it('is read somewhere', () => {
    const source = fileURLToPath(new URL('..', import.meta.url));
    const readers = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter(
      (file) => /(?<!\.test)\.ts$/.test(file) && !file.startsWith('config'),
    );
    const text = readers.map((file) => readFileSync(join(source, file), 'utf8')).join('\n');
    expect(Object.keys(settings).filter((key) => !new RegExp(`\\b${key}\\b`).test(text))).toEqual([]);
  });
});
