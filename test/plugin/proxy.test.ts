import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allChambers, appId, type LabelList } from '@dtdqm/contract';
import { monitorApi, type MonitorApi, proxyPath } from '../../plugin/src/api/monitorApi.ts';
import { type Problem, problemOf } from '../../plugin/src/api/problem.ts';
import { startTestApi, type TestApi } from '../api/api.ts';
import { labelOf, queueRuns } from '../labels/labelled.ts';
import { openGrafanaProxy, restOf, type GrafanaProxy, type ProxyRoute } from './grafanaProxy.ts';

const token = 'a-token-of-some-length-000000000';
const run = 380001;
const chamber = { run, wheel: 1, station: 2, sector: 1 } as const;
let api: TestApi;
let grafana: GrafanaProxy;
let monitor: MonitorApi;

beforeAll(async () => {
  api = await startTestApi({ API_TOKEN: token, API_REQUESTS_PER_MINUTE: '1000000' });
  await queueRuns(api.database, run);
  const manifest = await readFile(new URL('../../plugin/src/plugin.json', import.meta.url), 'utf8');
  const { id, routes } = JSON.parse(manifest) as { id: string; routes: ProxyRoute[] };
  expect(id).toBe(appId);
  grafana = await openGrafanaProxy(id, routes, {
    jsonData: { apiUrl: api.url },
    secureJsonData: { apiToken: token },
  });
  monitor = monitorApi(async (method, path, body) => {
    const answer = await fetch(grafana.url + proxyPath(method, path), {
      method,
      headers: { 'Content-Type': 'application/json', Cookie: 'grafana_session=1' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.includes('json') ?? false;
    const read: unknown = isJson ? JSON.parse(text) : text || undefined;
    if (!answer.ok) throw problemOf(answer.status, read);
    return read;
  });
});
const listOf = (ofRun: number, first = 0): LabelList => ({
  run: ofRun,
  chambers: allChambers.slice(100 + first, 102 + first),
  answer: 'good',
  model: 'test@1.0.0',
  idempotencyKey: `list-through-grafana-${first}`,
});
afterAll(async () => {
  await grafana.close();
  await api.close();
});

/** Everything that the plugin asks, in an order in which it works; the compiler says when one is missing. */
const asks: Record<keyof MonitorApi, (monitor: MonitorApi) => Promise<unknown>> = {
  runs: (of) => of.runs(),
  runsAround: (of) => of.runsAround(run),
  state: (of) => of.state(),
  chambers: (of) => of.chambers(run),
  past: (of) => of.past(run),
  chamber: (of) => of.chamber(chamber),
  hits: (of) => of.hits(chamber),
  recent: (of) => of.recent(chamber),
  history: (of) => of.history(chamber),
  saliency: (of) => of.saliency(chamber, 'gradient'),
  steps: (of) => of.steps(chamber),
  progress: (of) => of.progress(),
  scores: (of) => of.scores('new_net_scores', 1),
  labelled: (of) => of.labelled(),
  waiting: (of) => of.waiting({ blind: true }),
  secondOpinions: (of) => of.secondOpinions(true),
  lease: async (of) => of.release((await of.lease(chamber))?.id ?? ''),
  next: async (of) => {
    const [lease] = await of.next({ count: 1 });
    await of.release(lease?.lease.id ?? '');
  },
  release: (of) => of.release('00000000-0000-4000-8000-000000000000'),
  label: (of) => of.label(labelOf(run, 0)),
  skip: (of) => of.skip({ ...chamber, idempotencyKey: 'skip-through-grafana' }),
  undo: async (of) => {
    const { id } = await of.label(labelOf(run, 1));
    await of.undo({ event: id, idempotencyKey: 'undo-through-grafana' });
  },
  labelList: (of) => of.labelList(listOf(run)),
  undoList: async (of) => {
    const { events } = await of.labelList(listOf(run, 3));
    await of.undoList({
      events: events.map(({ id }) => id),
      idempotencyKey: 'list-undo-through-grafana',
    });
  },
  labelsCsv: (of) => of.labelsCsv(),
  runSlices: (of) => of.runSlices(run),
  slices: (of) => of.slices(chamber, 1),
  sliceSum: (of) =>
    of.sliceSum(
      chamber,
      {
        from: { at: '2026-05-04T06:00:00Z', lumisection: null },
        to: { at: '2026-05-04T06:10:00Z', lumisection: null },
      },
      true,
    ),
  incidents: (of) => of.incidents(chamber),
  report: (of) => of.report('2026-05-04T06:00:00Z'),
  certification: (of) => of.certification(run),
  models: (of) => of.models(),
  preview: (of) => of.preview(),
  modelActs: (of) => of.modelActs(),
  promote: (of) => of.promote('nobody@1', {}),
  refuse: (of) => of.refuse('nobody@1', {}),
  rollBack: (of) => of.rollBack({}),
  agreement: (of) => of.agreement(),
  incident: (of) => of.incident(1),
  actOnIncident: (of) =>
    of.actOnIncident(1, { action: 'acknowledge', idempotencyKey: 'seen-it', comment: '' }),
  fetchRun: (of) => of.fetchRun(380002),
  refetchRun: (of) => of.refetchRun(run),
  reevaluate: (of) => of.reevaluate([run]),
  deleteRun: (of) => of.deleteRun(380009),
};
/** There is no model, no lease, no incident and no slice here: the API says so, and that is an answer of the API. */
const mayFail = [
  'sliceSum',
  'saliency',
  'steps',
  'release',
  'incident',
  'actOnIncident',
  'promote',
  'refuse',
  'rollBack',
  'deleteRun',
];

describe('through a proxy that works as Grafana’s does', () => {
  it.each(Object.entries(asks))('an admin can ask for %s', async (name, ask) => {
    grafana.user = { login: 'ana', role: 'Admin' };
    const before = grafana.passed.length;
    const outcome: unknown = await ask(monitor).then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(grafana.passed.length).toBeGreaterThan(before);
    if (!mayFail.includes(name)) expect(outcome).toBeNull();
    // Grafana's own answers have no id.
    else if (outcome) expect((outcome as Problem).id).not.toBeNull();
  });

  it('a viewer can look, and is refused by Grafana before the API hears of the rest', async () => {
    grafana.user = { login: 'vera', role: 'Viewer' };
    await monitor.runs();
    const before = grafana.passed.length;
    for (const ask of [asks.label, asks.next, asks.fetchRun, asks.promote, asks.deleteRun]) {
      await expect(ask(monitor)).rejects.toMatchObject({ kind: 'forbidden' });
    }
    expect(grafana.passed.length).toBe(before);
  });

  it('an editor can label under their own name, and cannot fetch or delete', async () => {
    grafana.user = { login: 'eduard', role: 'Editor' };
    expect(await monitor.label(labelOf(run, 3))).toMatchObject({ by: 'eduard' });
    for (const ask of [asks.fetchRun, asks.reevaluate, asks.rollBack, asks.deleteRun]) {
      await expect(ask(monitor)).rejects.toMatchObject({ kind: 'forbidden' });
    }
  });

  it('an admin alone can read the figures of the processes', async () => {
    const read = async (role: 'Viewer' | 'Editor' | 'Admin', route: string) => {
      grafana.user = { login: 'vera', role };
      const answer = await fetch(`${grafana.url}/api/plugin-proxy/${appId}/${route}/metrics`);
      return [answer.status, await answer.text()] as const;
    };
    for (const role of ['Viewer', 'Editor'] as const) {
      // Grafana itself lets nobody less than an admin take the other route.
      for (const route of ['viewer', 'admin']) {
        expect((await read(role, route))[0]).toBe(403);
      }
      // Nor is there another way to spell the first one.
      for (const spelt of [
        'viewer/%2e/metrics',
        'viewer//metrics',
        'viewer/METRICS',
        'viewer/api/../metrics',
      ]) {
        const answer = await fetch(`${grafana.url}/api/plugin-proxy/${appId}/${spelt}`);
        expect([403, 404]).toContain(answer.status);
      }
    }
    // They get through to the API, which is not measured here.
    expect(await read('Admin', 'admin')).toEqual([404, expect.stringContaining('not measured') as string]);
  });

  it('no route lends its role to a request of another kind', async () => {
    grafana.user = { login: 'vera', role: 'Viewer' };
    const write = { method: 'DELETE' };
    for (const route of ['viewer', 'editor']) {
      const answer = await fetch(
        `${grafana.url}/api/plugin-proxy/${appId}/${route}/api/v1/runs/${run}`,
        write,
      );
      expect(answer.status).toBe(404);
    }
  });
});

describe('a path pattern', () => {
  it.each([
    ['viewer', 'viewer/api/v1/runs', null],
    ['viewer', 'viewer', ''],
    ['viewer/*', 'viewer/api/v1/runs', 'api/v1/runs'],
    ['viewer/*', 'viewer/api/v1/runs/', 'api/v1/runs'],
    ['viewer/*', 'viewer', null],
    ['viewer/*', 'viewers/api', null],
  ])('%s takes of %s', (pattern, path, rest) => {
    expect(restOf(pattern, path)).toBe(rest);
  });
});
