import { expect, test } from 'vitest';
import { ruleGroups } from '../../provisioning/src/alerting/rules.ts';
import { admin, ask, grafanaUrl } from './grafana.ts';

interface RuleState {
  name: string;
  state: string;
  health: string;
  lastError?: string;
  alerts?: { labels: Record<string, string>; annotations: Record<string, string> }[];
}

async function ruleStates(): Promise<RuleState[]> {
  const answer = await ask(admin, 'GET', '/api/prometheus/grafana/api/v1/rules');
  const { data } = (await answer.json()) as { data: { groups: { rules: RuleState[] }[] } };
  return data.groups.flatMap(({ rules }) => rules);
}

const titles = ruleGroups.flatMap(({ rules }) => rules.map(({ title }) => title)).sort();

/** Rules are looked at every minute, those of the model every ten. */
const patienceMs = 150_000;

test('every rule is there, and its query works', async () => {
  expect((await ruleStates()).map(({ name }) => name).sort()).toEqual(titles);
  const slow = ruleGroups
    .filter(({ interval }) => interval !== '1m')
    .flatMap(({ rules }) => rules.map(({ title }) => title));
  await until((rules) =>
    rules.every(({ name, health }) => slow.includes(name) || ['ok', 'nodata'].includes(health)),
  );
  for (const rule of await ruleStates()) expect(rule.lastError ?? '', rule.name).toBe('');
});

test('a simulated fault fires, and names its chamber in words', async () => {
  await until((rules) => rules.some(isAboutFault));
  const rule = (await ruleStates()).find(isAboutFault);
  const [alert] = rule?.alerts ?? [];
  expect(alert?.annotations['summary']).toMatch(/W[+-]?\d MB\d S\d\d: /);
  expect(alert?.annotations['summary']).not.toMatch(/no value|%!/);
  expect(alert?.annotations['link']).toMatch(/\/d\/dtdqm-chamber\?var-run=\d+&var-wheel=/);
});

test('the runbook that an alert names can be read', async () => {
  const [rule] = (await ruleStates()).filter(isAboutFault);
  const address = rule?.alerts?.[0]?.annotations['runbook_url'] ?? '';
  expect(address.startsWith(`${grafanaUrl}/`), address).toBe(true);
  const answer = await ask(admin, 'GET', address.slice(grafanaUrl.length));
  expect(answer.status).toBe(200);
  expect(await answer.text()).toMatch(/^# /);
});

test('nothing is sent anywhere by default', async () => {
  const answer = await ask(admin, 'GET', '/api/v1/provisioning/policies');
  expect(await answer.json()).toMatchObject({ routes: [{ mute_time_intervals: ['always'] }] });
});

function isAboutFault({ name, state }: RuleState): boolean {
  return /incident|several runs/.test(name) && ['firing', 'pending'].includes(state);
}

async function until(holds: (rules: RuleState[]) => boolean): Promise<void> {
  for (const deadline = Date.now() + patienceMs; Date.now() < deadline;) {
    if (holds(await ruleStates())) return;
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  expect(holds(await ruleStates())).toBe(true);
}
