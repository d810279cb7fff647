import { readFile, readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { allRoutes } from '@dtdqm/worker/api/app';
import { openApiText } from '@dtdqm/worker/api/openapi';

describe('openapi.json', () => {
  it('is what the routes and schemas say', async () => {
    const committed = await readFile(new URL('../openapi.json', import.meta.url), 'utf8');
    expect(
      JSON.parse(committed),
      'bring it up to date: npm run dtdqm -- openapi --out contract/openapi.json',
    ).toEqual(JSON.parse(openApiText()));
  });

  it('names every operation once', () => {
    const { paths } = JSON.parse(openApiText()) as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const ids = Object.values(paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(ids.length).toBeGreaterThan(30);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

it('speaks of the routes of every file of the API', async () => {
  const folder = new URL('../../worker/src/api/', import.meta.url);
  for (const file of await readdir(folder)) {
    if (!/(?<!\.test)\.ts$/.test(file)) continue;
    const exported = (await import(new URL(file, folder).href)) as Record<string, unknown>;
    for (const [name, routes] of Object.entries(exported)) {
      if (!/Routes$/.test(name) || !Array.isArray(routes)) continue;
      expect(allRoutes, `${name} of ${file} is missing in allRoutes of worker/src/api/app.ts`).toEqual(
        expect.arrayContaining(routes),
      );
    }
  }
});
