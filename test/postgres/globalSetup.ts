import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '@dtdqm/worker/storage/embedded/server';
import { migrate } from '@dtdqm/worker/storage/migrate';
import { startOwnPostgres } from '../deployment/ownPostgres.ts';
import { compilePrograms } from '../start/compile.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    /** Where the workbench is built for all browser tests. */
    workbenchDirectory: string;
    /** Where the programs are compiled for all tests that start processes. */
    programDirectory: string;
  }
}

export const templateName = 'dtdqm_template';

const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/** One PostgreSQL for the whole test run, the embedded one or that of DTDQM_TEST_POSTGRES (see run.ts), with a migrated database that every test file copies, and programs that are compiled once. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'dtdqm-test-'));
  await mkdir(cache, { recursive: true });
  const programs = await mkdtemp(path.join(cache, 'dtdqm-test-'));
  const own = process.env['DTDQM_TEST_POSTGRES'];
  const server = own
    ? await startOwnPostgres(own)
    : await startEmbeddedPostgres({ dataDirectory: path.join(directory, 'data'), durable: false });
  const teardown = async () => {
    await server.stop();
    for (const each of [directory, programs]) await rm(each, { recursive: true, force: true });
  };
  try {
    project.provide('programDirectory', programs);
    const compiling = compilePrograms(programs);
    project.provide('workbenchDirectory', path.join(directory, 'workbench'));
    project.provide('postgresUrl', await migratedTemplate(server.url));
    await compiling;
  } catch (error) {
    // Vitest calls no teardown of a setup that failed, and the server would run for ever.
    await teardown();
    throw error;
  }
  return teardown;
}

/** @returns the server's address, once it has the template. */
async function migratedTemplate(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`create database ${templateName}`);
  await client.end();
  const template = new URL(url);
  template.pathname = `/${templateName}`;
  await migrate(template.href, { info: () => undefined });
  return url;
}
