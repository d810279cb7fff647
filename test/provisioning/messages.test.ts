import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { templates } from '../../provisioning/src/alerting/notifications.ts';
import { ruleJson } from '../../provisioning/src/alerting/rule.ts';
import { createTestDatabase, type TestDatabase } from '../postgres/database.ts';
import { one, other, Stage } from '../state/scenarios.ts';
import { formatChamber } from '@dtdqm/contract';
import { firing, rules } from './firing.ts';

const program = fileURLToPath(new URL('./render.go', import.meta.url));
const hasGo = spawnSync('go', ['version']).status === 0;

// Go's own template engine fills in the texts, as in Grafana; where there is no Go the texts are not tested.
describe.skipIf(!hasGo)('messages', () => {
  let db: TestDatabase;
  let stage: Stage;
  let folder: string;
  beforeAll(async () => {
    db = await createTestDatabase();
    stage = new Stage(db.database);
    await stage.asked();
    folder = await mkdtemp(path.join(tmpdir(), 'dtdqm-render-'));
    // With Go's own cache: to compile its library anew takes 20 s of processor time.
    const built = spawnSync('go', ['build', '-o', path.join(folder, 'render'), program], {
      env: { ...process.env, GOFLAGS: '-mod=mod', GO111MODULE: 'off' },
    });
    expect(String(built.stderr)).toBe('');
  });
  afterAll(async () => {
    await db.drop();
    await rm(folder, { recursive: true, force: true });
  });

  /** The mail that a rule sends of everything that it lets through; null when that is nothing. */
  async function mail(uid: string, over = false): Promise<{ title: string; message: string } | null> {
    const rows = await firing(db.database, uid);
    const rule = rules.find((each) => each.uid === uid);
    if (rows.length === 0 || rule === undefined) return null;
    const alerts = rows.map((row) => {
      const columns = Object.entries(row);
      const labels = columns.filter(([, value]) => typeof value === 'string').slice(0, columns.length - 1);
      return {
        Labels: Object.fromEntries(labels),
        Values: { A: { Value: Number(columns.at(-1)?.[1]) } },
        Over: over,
      };
    });
    return rendered({ alertname: rule.title }, alerts, ruleJson(rule)['annotations']);
  }

  /** A message of these alerts; `annotations` of their rule are filled in and added to their own. */
  function rendered(labels: Record<string, string>, alerts: readonly object[], annotations: unknown = {}) {
    const input = {
      Templates: Object.fromEntries(templates.map(({ name, template }) => [name, template])),
      Annotations: annotations,
      Message: { CommonLabels: labels, Alerts: alerts, ExternalURL: 'http://grafana/' },
    };
    const { stdout, stderr } = spawnSync(path.join(folder, 'render'), { input: JSON.stringify(input) });
    expect(String(stderr)).toBe('');
    const out = JSON.parse(String(stdout)) as Record<string, string>;
    return { title: out['dtdqm.title'] ?? '', message: out['dtdqm.message'] ?? '' };
  }

  const bad = { chambers: { [formatChamber(one)]: 'dead' as const } };

  test('of a new fault name chamber, fault, first run and addresses, in one paragraph', async () => {
    for (const run of [380001, 380002]) await stage.run(run, bad);
    const said = await mail('dtdqm-incident-critical');
    expect(said?.title).toBe('DT: New critical incident: W-1 MB2 S07');
    expect(said?.message).toMatchInlineSnapshot(`
      "W-1 MB2 S07: dead chamber, all layers, since run 380001
      Hardware: what the whole chamber shares (low voltage, minicrate, link); which of low voltage, minicrate and link not mapped. Incident 1.
      Look: http://grafana/d/dtdqm-chamber?var-run=380001&var-wheel=-1&var-station=2&var-sector=7
      Run: http://grafana/d/dtdqm-overview?var-run=380001
      What to do: http://grafana/public/plugins/dtdqm-occupancy-app/runbooks/new-incident.md

      "
    `);
    expect(await mail('dtdqm-incident-answered')).toBeNull();
  });

  test('of an answer say who answered, and that the fault is still there', async () => {
    await stage.act(one, { action: 'acknowledge' });
    expect(await mail('dtdqm-incident-critical')).toBeNull();
    const said = await mail('dtdqm-incident-answered');
    expect(said?.title).toBe('DT: Incident answered, fault still there: W-1 MB2 S07');
    expect(said?.message).toContain('since run 380001: acknowledged by ana, and still there\n');
    expect(await mail('dtdqm-incident-healed')).toBeNull();
  });

  test('of what has healed say in which run', async () => {
    for (const run of [380003, 380004, 380005]) await stage.run(run);
    expect(await mail('dtdqm-incident-answered')).toBeNull();
    const said = await mail('dtdqm-incident-healed');
    expect(said?.title).toBe('DT: Incident healed: W-1 MB2 S07');
    expect(said?.message).toMatch(/^W-1 MB2 S07: .*: healed in run 38000\d\n/);
  });

  test('of two faults have two paragraphs, and their number in the title', async () => {
    for (const run of [380006, 380007])
      await stage.run(run, {
        chambers: { [formatChamber(other)]: 'dead', [formatChamber({ ...one, sector: 9 })]: 'dead' },
      });
    const said = await mail('dtdqm-incident-critical');
    expect(said?.title).toBe('DT: New critical incident (2)');
    expect(said?.message.trim().split('\n\n')).toHaveLength(2);
  });

  test('of fewer chambers say how many and since when; an answer is told as one, and so is that they are back', async () => {
    await stage.run(380008, { all: 'unknown', minutesAgo: 40 });
    const said = await mail('dtdqm-fewer-chambers');
    expect(said?.title).toBe('DT: Fewer chambers judged than before');
    expect(said?.message).toMatch(
      /^250 chambers fewer are judged than in the runs before, since run 380008\n/,
    );
    await stage.act(null, { action: 'acknowledge' });
    expect(await mail('dtdqm-fewer-chambers')).toBeNull();
    const answered = await mail('dtdqm-incident-answered');
    expect(answered?.message).toContain(
      'Detector: fewer chambers judged than before, since run 380008: acknowledged by ana, and still there\n',
    );
    await stage.run(380009);
    const healed = await mail('dtdqm-incident-healed');
    // It has no chamber to look at, and no hardware.
    expect(healed?.message).toContain(
      [
        'Detector: fewer chambers judged than before: healed in run 380009',
        'Incident 4.',
        'Look: http://grafana/d/dtdqm-overview?var-run=380009',
        '',
      ].join('\n'),
    );
  });

  test('of rules that cannot be asked name them all, and say that silence is no sign of health', () => {
    const alerts = (over: boolean) =>
      ['Run in ERROR', 'Worker not alive'].map((rulename) => ({
        Labels: { alertname: 'DatasourceError', rulename },
        Annotations: { Error: 'failed to build query: connection refused', summary: '[no value]' },
        Over: over,
      }));
    const said = rendered({ alertname: 'DatasourceError' }, alerts(false));
    expect(said.title).toBe('DT: Rules that cannot be asked (2)');
    expect(said.message).toMatchInlineSnapshot(`
      "Nothing is known of what these rules watch, because their statements fail: that is no sign of health.
      - Run in ERROR
      - Worker not alive

      failed to build query: connection refused
      What to do: http://grafana/public/plugins/dtdqm-occupancy-app/runbooks/rules-not-asked.md
      "
    `);
    const over = rendered({ alertname: 'DatasourceError' }, alerts(true));
    expect(over.title).toBe('DT: Rules that cannot be asked, no longer so');
    expect(over.message.trim()).toBe('These can be asked again:\n- Run in ERROR\n- Worker not alive');
  });

  test('of an alert that went without an answer do not say that it is over', () => {
    const gone = (Annotations: Record<string, string>) =>
      rendered({ alertname: 'Many bad layers' }, [{ Labels: {}, Annotations, Over: true }]);
    const summary = '4 % of the layers of the newest run are bad';
    expect(gone({ summary })).toEqual({
      title: 'DT: Many bad layers, no longer so',
      message: `No longer so: ${summary}\n`,
    });
    // As Grafana ends what its rule has no row for, or could not be asked for.
    expect(gone({ summary, grafana_state_reason: 'MissingSeries' })).toEqual({
      title: 'DT: Many bad layers, no longer told of',
      message: `No longer told of, because it is over or its rule cannot be asked: ${summary}\n`,
    });
  });

  test('of every rule need no label that its rows have not', async () => {
    for (const { uid } of rules) await mail(uid);
  });
});
