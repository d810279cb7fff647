import { describe, expect, test } from 'vitest';
import { defaultOptions as barrelDefaults } from '../../plugin/src/panels/barrel/options.ts';
import { defaultOptions as chamberDefaults } from '../../plugin/src/panels/chamber/options.ts';
import { defaultOptions as incidentsDefaults } from '../../plugin/src/panels/incidents/options.ts';
import { dashboards } from '../../provisioning/src/generate.ts';
import { processes } from '../../provisioning/src/dashboards/processes.ts';
import { dashboardUids, panelIds } from '@dtdqm/contract';
import { nameOf } from '../../provisioning/src/statements.ts';
import { dataSource } from '../../provisioning/src/vocabulary.ts';

interface PanelJson {
  id: number;
  type: string;
  title: string;
  description: string;
  gridPos: { x: number; y: number; w: number; h: number };
  datasource: { uid: string };
  options: Record<string, unknown>;
  fieldConfig: {
    defaults: Record<string, unknown>;
    overrides: { matcher: { options: unknown }; properties: { id: string }[] }[];
  };
}

interface Json {
  uid: string;
  title: string;
  description: string;
  schemaVersion: number;
  panels: PanelJson[];
  templating: { list: { name: string; current: { value: unknown }; description: string }[] };
  links: { includeVars: boolean; tags: string[] }[];
  tags: string[];
}

const all = Object.values(dashboards) as unknown as Json[];

describe.each(all.map((json) => [json.uid, json] as const))('dashboard %s', (_, json) => {
  test('describes itself and every panel and variable', () => {
    expect(json.description).not.toBe('');
    for (const panel of json.panels) {
      expect(nameOf(panel)).not.toBe('');
      expect(panel.description.length, nameOf(panel)).toBeGreaterThan(20);
    }
    for (const { name, description } of json.templating.list) expect(description, name).not.toBe('');
  });

  test('has a schema that Grafana 11.6 knows: a newer one it would read as its own', () => {
    expect(json.schemaVersion).toBeLessThanOrEqual(41);
  });

  test('has panels that neither overlap nor leave the grid', () => {
    const taken = new Set<string>();
    for (const { title, gridPos } of json.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.has(`${x} ${y}`), title).toBe(false);
          taken.add(`${x} ${y}`);
        }
      }
    }
    expect(new Set(json.panels.map(({ id }) => id)).size).toBe(json.panels.length);
  });

  test('reads one data source, by its uid', () => {
    for (const { title, datasource } of json.panels) expect(datasource, title).toEqual(dataSource);
  });

  test('uses no variable that it does not have, and each has a default', () => {
    const known = json.templating.list.map(({ name }) => name);
    const statements = JSON.stringify(
      json.panels.map((panel) => [(panel as { targets?: unknown }).targets, panel.title]),
    );
    for (const [, name] of statements.matchAll(/\$\{(\w+)/g)) expect(known).toContain(name);
    for (const { name, current } of json.templating.list) expect(current.value, name).not.toBe('');
  });

  test('links to the others and takes the variables along', () => {
    expect(json.links).toContainEqual(expect.objectContaining({ includeVars: true, tags: json.tags }));
  });
});

test('nothing that is about runs is drawn over the time at which they were stored', () => {
  const ofRuns =
    /reporting\.(run_summaries|runs|judged_runs|bad_layers|emerging_layers|fault_kinds|layer_scores|chambers|score_drift|incident_trend)\b/;
  for (const { uid, panels } of all)
    for (const panel of panels.filter(({ type }) => type === 'timeseries'))
      expect(JSON.stringify(panel), `${uid}: ${panel.title}`).not.toMatch(ofRuns);
});

test('no panel says "No data": each says what it means', () => {
  for (const { uid, panels } of [...all, processes as unknown as Json])
    for (const { title, type, fieldConfig } of panels.filter(({ type: kind }) => !kind.startsWith('dtdqm-')))
      expect(fieldConfig.defaults['noValue'], `${uid}: ${title} (${type})`).toMatch(/\w{4}/);
});

test('what needs Prometheus says so', () => {
  const { title, description, panels } = processes as unknown as Json;
  expect(`${title} ${description}`).toMatch(/Prometheus.*needs a Prometheus/is);
  for (const { fieldConfig } of panels) expect(fieldConfig.defaults['noValue']).toContain('Prometheus');
});

test('charts over runs have the run on their axis, and no limit of their own for it', () => {
  const trends = all.flatMap(({ panels }) => panels.filter(({ type }) => type === 'trend'));
  expect(trends.length).toBeGreaterThan(5);
  for (const { title, options, fieldConfig } of trends) {
    expect(options['xField'], title).toBe('run');
    // Grafana takes the least and the greatest of the defaults for the axis as well.
    expect(fieldConfig.defaults, title).not.toHaveProperty('min');
    expect(fieldConfig.defaults, title).not.toHaveProperty('max');
    expect(fieldConfig.defaults, title).toMatchObject({ custom: { spanNulls: false } });
    // Rounded, a tick between two runs would have the number of one of them.
    const ofRun = fieldConfig.overrides.find(({ matcher }) => matcher.options === 'run')?.properties ?? [];
    expect(
      ofRun.map(({ id }) => id),
      title,
    ).not.toContain('decimals');
  }
});

test('the wall fits one screen of 1920x1080 in kiosk mode', () => {
  const wall = all.find(({ uid }) => uid === dashboardUids.overview);
  const rows = Math.max(...(wall?.panels ?? []).map(({ gridPos: { y, h } }) => y + h));
  // A row is 30 px high, 8 px stand between two, 16 px above and below.
  expect(rows * 38 - 8 + 32).toBeLessThanOrEqual(1080);
});

test('what the detector is said to be has the whole height of its panel', () => {
  const said = all.flatMap(({ panels }) =>
    panels.filter(({ description }) => /^(The detector|What is not known|In figures)\. /.test(description)),
  );
  // Where it must be read on a wall and on a laptop it has a size: Grafana's own is that of a line, which it then breaks in two.
  for (const { options, description } of said.filter((panel) => !panel.description.startsWith('In figures')))
    expect(options['text'], description).toMatchObject({ titleSize: expect.any(Number) as number });
  // With a title above it, the line was cut where it needs two, and 9 px high at 1366x768.
  expect(said.map(({ title }) => title)).toEqual(['', '', '', '', '']);
});

test('addresses in links lead to dashboards that exist', () => {
  const uids = [...JSON.stringify(dashboards).matchAll(/\/d\/([\w-]+)/g)].map(([, uid]) => uid);
  expect(uids.length).toBeGreaterThan(5);
  for (const uid of uids) expect(Object.values(dashboardUids)).toContain(uid);
});

test.each([
  [panelIds.barrel, Object.keys(barrelDefaults)],
  [panelIds.chamber, Object.keys(chamberDefaults)],
  [panelIds.incidents, Object.keys(incidentsDefaults)],
])('%s gets options that it has', (type, known) => {
  const ours = all.flatMap(({ panels }) => panels.filter((panel) => panel.type === type));
  expect(ours.length).toBeGreaterThan(0);
  for (const { options } of ours) expect(known).toEqual(expect.arrayContaining(Object.keys(options)));
});
