import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '@dtdqm/worker/storage/embedded/server';
import { migrate } from '@dtdqm/worker/storage/migrate';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
    /** Where the workbench is built for all browser tests. */
    workbenchDirectory: string;
  }
}

export const templateName = 'dtdqm_template';

/** One PostgreSQL for the whole test run, with a migrated database that every test file copies. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(path.join(tmpdir(), 'dtdqm-test-'));
  const server = await startEmbeddedPostgres({ dataDirectory: path.join(directory, 'data'), durable: false });
  const teardown = async () => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    project.provide('workbenchDirectory', path.join(directory, 'workbench'));
    project.provide('postgresUrl', await migratedTemplate(server.url));
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
