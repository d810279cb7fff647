import pg from 'pg';
import { inject } from 'vitest';
import { openWorkbench } from '@dtdqm/plugin/workbench';

/** Any number that no lock of ours has. */
const building = 20_011;

/** Directory of the workbench, which the first test file that asks builds for all of this run. */
export async function sharedWorkbench(): Promise<string> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    // Two that build at once would take the directory from under each other's browser.
    await client.query('select pg_advisory_lock($1)', [building]);
    return await openWorkbench(inject('workbenchDirectory'));
  } finally {
    await client.end();
  }
}
