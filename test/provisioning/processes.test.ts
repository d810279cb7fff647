import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMetrics } from '@dtdqm/worker/observe/metrics';
import { PipelineEvents } from '@dtdqm/worker/pipeline/events';
import { requestFetch } from '@dtdqm/worker/storage/jobs';
import { prometheus, processesUid } from '../../provisioning/src/vocabulary.ts';
import { processes } from '../../provisioning/src/dashboards/processes.ts';
import { queueRuns } from '../labels/labelled.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';

interface PanelJson {
  title: string;
  description: string;
  gridPos: { x: number; w: number };
  datasource: unknown;
  targets: { expr: string; datasource: unknown }[];
}

const { uid, panels, templating } = processes as unknown as {
  uid: string;
  panels: PanelJson[];
  templating: { list: { name: string; type: string }[] };
};

let storage: TestDatabase;
/** What a process with API and worker tells, once it has done one thing of each kind: name of a metric to its labels. */
const told = new Map<string, Set<string>>();
/** Values that a label has, to see that there are few. */
let text = '';
beforeAll(async () => {
  storage = await createTestDatabase();
  await queueRuns(storage.database, 1);
  await requestFetch(storage.database, [{ run: 390001, dataset: 'Global/Online/ALL' }]);
  const events = new PipelineEvents();
  const metrics = createMetrics(storage.database, events);
  metrics.request({ route: '/api/v1/runs', method: 'GET', status: 200, seconds: 0.1 });
  events.announce({ type: 'listing', outcome: 'completed', odd: 1 });
  events.announce({ type: 'fetching', run: 1, done: 3, total: 250 });
  events.announce({
    type: 'stored',
    run: 1,
    status: 'FINISHED',
    closed: true,
    badLayers: 1,
    milliseconds: 9,
  });
  text = await metrics.text();
  for (const [, name = '', labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const names = [...labels.matchAll(/(\w+)="/g)].map(([, label = '']) => label);
    told.set(name, new Set([...(told.get(name) ?? []), ...names]));
  }
});
afterAll(() => storage.drop());

describe('the dashboard of the processes', () => {
  test('lets the reader choose the Prometheus, and reads nothing else', () => {
    expect(uid).toBe(processesUid);
    expect(templating.list).toMatchObject([{ name: 'prometheus', type: 'datasource' }]);
    for (const { title, description, datasource, targets, gridPos } of panels) {
      expect(datasource, title).toEqual(prometheus);
      for (const target of targets) expect(target.datasource, title).toEqual(prometheus);
      expect(description.length, title).toBeGreaterThan(20);
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
    }
  });

  test('asks for metrics and labels that the processes have', () => {
    // Prometheus adds these two itself.
    const added = ['instance', 'job'];
    for (const { title, targets } of panels) {
      for (const { expr } of targets) {
        const [name = ''] = /\b(dtdqm|process|nodejs)_\w+/.exec(expr) ?? [];
        const labels = told.get(name);
        expect(labels, `${title}: ${name}`).toBeDefined();
        const grouped = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(', ') ?? [];
        const filtered = [...expr.matchAll(/(\w+)=~?"/g)].map(([, label = '']) => label);
        for (const label of [...grouped, ...filtered]) {
          expect([...(labels ?? []), ...added], `${title}: ${label}`).toContain(label);
        }
      }
    }
  });

  test('shows every metric of ours', () => {
    const asked = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)).join('\n');
    const ours = [...text.matchAll(/^# TYPE (dtdqm_\w+) /gm)].map(([, name = '']) => name);
    expect(ours.filter((name) => !asked.includes(name))).toEqual([]);
    expect(ours.length).toBeGreaterThan(8);
  });
});

test('names say the unit, and labels are never a run, a chamber or a person', () => {
  for (const [, name = '', type] of text.matchAll(/^# TYPE (dtdqm_\w+) (\w+)$/gm)) {
    if (type === 'counter') expect(name).toMatch(/_total$/);
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  }
  const few = ['le', 'route', 'method', 'status', 'state', 'kind', 'outcome', 'work', 'life'];
  for (const [name, labels] of told) {
    if (name.startsWith('dtdqm_'))
      for (const label of labels) expect(few, `${name}{${label}}`).toContain(label);
  }
});
