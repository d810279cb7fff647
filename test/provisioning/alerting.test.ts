import { access, readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { describe, expect, test } from 'vitest';
import {
  muteTimings,
  notAskedRunbook,
  notificationsFile,
} from '../../provisioning/src/alerting/notifications.ts';
import { ruleJson } from '../../provisioning/src/alerting/rule.ts';
import { ruleGroups } from '../../provisioning/src/alerting/rules.ts';
import { dashboardUids, notificationNames } from '@dtdqm/contract';

const columnsOfAll = await readFile(new URL('./columns.txt', import.meta.url), 'utf8');
const rules = ruleGroups.flatMap((group) => group.rules);

interface Route {
  receiver: string;
  routes?: Route[];
  mute_time_intervals?: string[];
  object_matchers?: string[][];
  group_by?: string[];
  repeat_interval?: string;
}

/** The policy that decides on a message, as Grafana finds it: the first that fits, then the first of those in it. */
function policyFor(labels: Record<string, string>, route: Route): Route {
  const fits = ({ object_matchers = [] }: Route) =>
    object_matchers.every(([name = '', , value]) => labels[name] === value);
  const inner = route.routes?.find(fits);
  if (inner === undefined) return route;
  const inherited = { ...inner, repeat_interval: inner.repeat_interval ?? route.repeat_interval ?? '' };
  return policyFor(labels, inherited);
}

describe.each(rules.map((rule) => [rule.title, rule] as const))('rule "%s"', (_, rule) => {
  test('has a runbook that exists', async () => {
    await access(
      fileURLToPath(new URL(`../../docs/operations/runbooks/${rule.runbook}.md`, import.meta.url)),
    );
  });

  test('asks for no dollar signs to be filled in, and leads to a dashboard', () => {
    expect(`${rule.sql}${rule.summary}${rule.description}`).not.toContain('$');
    expect(dashboardUids).toHaveProperty(rule.dashboard);
  });

  test('mentions only labels that its rows have', () => {
    // Text columns are labels; what columns a statement has, sql.test.ts has asked PostgreSQL.
    const line = columnsOfAll.split('\n').find((each) => each.startsWith(`rule ${rule.title} / A: `)) ?? '';
    const columns = [...line.matchAll(/(\w+) text\b/g)].map(([, name]) => name);
    const mentioned = [
      ...`${rule.summary} ${rule.description} ${rule.query ?? ''}`.matchAll(/\.Labels\.(\w+)/g),
    ];
    for (const [, label] of mentioned) expect(columns).toContain(label);
  });

  test('is told once of one thing: no run that moves when older ones come in late is a label', () => {
    const line = columnsOfAll.split('\n').find((each) => each.startsWith(`rule ${rule.title} / A: `)) ?? '';
    // One incident of coverage stands at a time, and its first run stays.
    if (rule.uid !== 'dtdqm-fewer-chambers') expect(line).not.toMatch(/\w+_run text/);
  });

  test('does not watch what people label, but the model that they judge', () => {
    if (/label|opinion|agree/.test(rule.sql))
      expect(rule).toMatchObject({ topic: 'model', severity: 'info' });
  });
});

test('rules have names of their own that fit into Grafana', () => {
  const uids = rules.map(({ uid }) => uid);
  expect(new Set(uids).size).toBe(uids.length);
  for (const uid of uids) expect(uid).toMatch(/^[\w-]{1,40}$/);
  expect(new Set(rules.map(({ title }) => title)).size).toBe(rules.length);
});

test('every rule stands in the table of docs/operations/alerting.md (npx vitest -u writes it anew)', async () => {
  const file = fileURLToPath(new URL('../../docs/operations/alerting.md', import.meta.url));
  const rows = rules.map(
    (rule) => `| ${rule.title} | ${rule.about} | ${rule.for} | ${rule.severity} | ${rule.audience} |`,
  );
  const table = ['| Rule | Fires when | For | Severity | Who |', '| - | - | - | - | - |', ...rows];
  const page = (await readFile(file, 'utf8')).replace(
    /^\|[\s\S]*?\|\n(?=\n)/m,
    () => `${table.join('\n')}\n`,
  );
  const style = await resolveConfig(file);
  await expect(await format(page, { ...style, parser: 'markdown' })).toMatchFileSnapshot(file);
});

test('every runbook belongs to a rule, or to the message of those that cannot be asked', async () => {
  const runbooks = await readdir(new URL('../../docs/operations/runbooks', import.meta.url));
  const known = new Set([...rules.map(({ runbook }) => runbook), notAskedRunbook]);
  expect(runbooks.sort()).toEqual([...known].map((name) => `${name}.md`).sort());
});

const allOf = (route: Route): Route[] => [route, ...(route.routes ?? []).flatMap(allOf)];

describe.each(notificationNames)('notifications "%s"', (environment) => {
  const file = notificationsFile(environment) as {
    contactPoints: { name: string }[];
    policies: Route[];
  };
  const [root] = file.policies;

  test('send to contact points that exist, and mute at times that exist', () => {
    const contacts = file.contactPoints.map(({ name }) => name);
    const timings = muteTimings.map(({ name }) => name);
    for (const { receiver, mute_time_intervals = [] } of file.policies.flatMap(allOf)) {
      expect(contacts).toContain(receiver);
      for (const timing of mute_time_intervals) expect(timings).toContain(timing);
    }
  });

  test('make one message of many chambers', () => {
    expect(root?.group_by).toEqual(['grafana_folder', 'alertname']);
  });
});

describe.each(['email', 'webhook'] as const)('where "%s" sends', (environment) => {
  const file = notificationsFile(environment) as {
    contactPoints: { name: string; receivers: { uid: string; disableResolveMessage?: boolean }[] }[];
    policies: [Route];
  };
  const silentWhenOver = file.contactPoints
    .filter(({ receivers }) => receivers.every(({ disableResolveMessage }) => disableResolveMessage === true))
    .map(({ name }) => name);
  const policyOf = ({ severity, topic }: { severity: string; topic: string }) =>
    policyFor({ severity, topic }, file.policies[0]);

  test('what is about incidents says nothing when its alert ends: answered is not healed', () => {
    for (const rule of rules)
      expect(silentWhenOver.includes(policyOf(rule).receiver), rule.title).toBe(rule.topic === 'incident');
  });

  test('a rule that cannot be asked does not look healthy, and all of them are one message', () => {
    const policies = rules.map((rule) => {
      const { labels, execErrState } = ruleJson(rule) as {
        labels: Record<string, string>;
        execErrState: string;
      };
      expect(execErrState, rule.title).toBe('Error');
      // Grafana's name of it, beside the labels of the rule.
      return policyFor({ ...labels, alertname: 'DatasourceError' }, file.policies[0]);
    });
    const [one] = policies;
    for (const policy of policies) expect(policy).toEqual(one);
    // It tells when it is over.
    expect(silentWhenOver).not.toContain(one?.receiver);
    expect(one?.mute_time_intervals ?? []).toEqual([]);
  });

  test('critical ones are repeated every 4 h, whatever they are about', () => {
    for (const rule of rules.filter(({ severity }) => severity === 'critical'))
      expect(policyOf(rule).repeat_interval, rule.title).toBe('4h');
  });

  test('a technical stop mutes "no new run" whatever its severity', () => {
    for (const rule of rules.filter(({ topic }) => topic === 'beam'))
      expect(policyOf(rule).mute_time_intervals, rule.title).toEqual(['year-end technical stop']);
  });

  test('what is told once is over before it would be repeated', () => {
    const hours = Number.parseInt(policyOf({ severity: 'info', topic: 'incident' }).repeat_interval ?? '');
    for (const { sql } of rules)
      for (const [, window] of sql.matchAll(/_?at > now\(\) - interval '(\d+) hours'/g))
        expect(Number(window)).toBeLessThan(hours);
  });

  test('receivers have names of their own', () => {
    const uids = file.contactPoints.flatMap(({ receivers }) => receivers.map(({ uid }) => uid));
    expect(new Set(uids).size).toBe(uids.length);
  });
});

test('by default every message is held back', () => {
  const [root] = notificationsFile('nowhere')['policies'] as Route[];
  expect(root?.routes).toEqual([
    expect.objectContaining({
      object_matchers: [['alertname', '=~', '.*']],
      mute_time_intervals: ['always'],
    }),
  ]);
});
