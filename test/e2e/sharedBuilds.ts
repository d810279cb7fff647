import { access, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { openWorkbench } from '@dtdqm/plugin/workbench';

/** Any number that no lock of ours has. */
const building = 20_011;

/** One at a time: two that build at once would take the result from under each other. */
async function alone<T>(build: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: inject('postgresUrl') });
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [building]);
    return await build();
  } finally {
    await client.end();
  }
}

/** Directory of the workbench, which the first test file that asks builds for all of this run. */
export const sharedWorkbench = () => alone(() => openWorkbench(inject('workbenchDirectory')));

/** Directory of the Grafana plugin where `start --grafana` finds it, built by the first test file that asks, whatever lay there before. */
export const sharedPlugin = () =>
  alone(async () => {
    const { buildPlugin, pluginDist } = await import('@dtdqm/plugin/open');
    const mark = join(dirname(inject('workbenchDirectory')), 'plugin-is-built');
    const isBuilt = await access(mark).then(
      () => true,
      () => false,
    );
    if (!isBuilt) await buildPlugin();
    await writeFile(mark, '');
    return pluginDist;
  });
