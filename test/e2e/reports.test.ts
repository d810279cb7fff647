import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { allChambers, formatChamber } from '@dtdqm/contract';
import { inTemporaryFolder, writeUntrainedModel } from '@dtdqm/detector/testing';
import { registerFolder } from '@dtdqm/worker/learning/retrain/modelChoice';
import { updateIncidents } from '@dtdqm/worker/pipeline/incidents';
import { modelInUse, recordAct } from '@dtdqm/worker/storage/models';
import { savePreview } from '@dtdqm/worker/storage/preview';
import { writeLabel } from '@dtdqm/worker/storage/labels/journal';
import { labelOf, queueRuns, verdictsOf } from '../labels/labelled.ts';
import { previewOf } from '../labels/previewOf.ts';
import { axeComplaints, openPage } from './browser.ts';
import { setStage, type Stage } from './stage.ts';

const candidate = 'untrained@1';

let stage: Stage;
beforeAll(async () => {
  stage = await setStage();
});
afterAll(() => stage.close());

async function openReport(path: string): Promise<Page> {
  const { page } = await openPage(stage.browser);
  await page.goto(`${stage.gateway.url}/reports/${path}`);
  return page;
}

// The tests build on one another.
describe('reports in a browser', () => {
  it('say in plain words what is not known yet', async () => {
    const page = await openReport('');
    await page.getByText('No run was taken in since.').waitFor();
    for (const [name, words] of [
      ['Certification draft', 'No run has been judged yet, so there is nothing to certify'],
      ['Agreement of experts', 'No second expert yet'],
      ['Models', 'Nobody has chosen a model: workers use that of their configuration.'],
      ['Models', 'No candidate was trained yet.'],
    ] as const) {
      await page.getByRole('radio', { name }).click();
      await page.getByText(words).waitFor();
    }
    await page.goto(`${stage.gateway.url}/reports/certification/380007/`);
    await page.getByText('Run 380007 is not stored').waitFor();
    await page.context().close();
  });

  it('tell of incidents, of a chosen run, and how far two experts agree', async () => {
    const { database } = stage.api;
    await queueRuns(database, 380000, 380001);
    await updateIncidents(database);
    for (const expert of ['ana', 'bo']) await writeLabel(database, expert, labelOf(380001, 30));
    const page = await openReport('');
    await page.getByText('2 runs, 380000 to 380001: 20 opened, 0 from before').waitFor();
    const first = page.getByRole('region', { name: 'Opened' }).getByRole('row').nth(1);
    await expect
      .poll(() => first.textContent())
      .toMatch(/W[-+0]\d? MB\d S01, layer 9weak layersince run 380000/);
    await first.getByRole('link').click();
    await expect.poll(() => page.title()).toMatch(/^Incident \d+ · /);
    await page.goto(`${stage.gateway.url}/reports/certification/`);
    await page.getByRole('heading', { name: /^Run 380001: .*nobody has signed it/ }).waitFor();
    await page.getByRole('combobox', { name: 'Run' }).selectOption('380000');
    await page.getByText('Run 380000, DT occupancy').waitFor();
    expect(await page.title()).toBe('Certification draft of run 380000 · DT occupancy monitor');
    await page.goto(`${stage.gateway.url}/reports/agreement/`);
    const pair = page.getByRole('row', { name: /^ana and bo/ });
    await pair
      .getByRole('cell', { name: /^1\.000 / })
      .first()
      .waitFor();
    expect(await axeComplaints(page)).toEqual([]);
    await page.context().close();
  });

  it('tell what labels would do, what that does not know, and open each layer', async () => {
    await savePreview(stage.api.database, previewOf(380000, '999999'));
    const page = await openReport('models/?preview=open');
    const section = page.getByRole('region', { name: 'What labels would do' });
    const told =
      'After 40 labelled chambers: 2 more layers of run 380000 would be bad (1 of them labelled so), 1 fewer.';
    await section.getByText(told).waitFor();
    await section.getByText('of 400 layers labelled good 3 would be called bad, 1 now.').waitFor();
    await section
      .getByRole('row', { name: /^W\+1 MB2 S03 380000 1 – P\(bad\) 80\.0 % now, 20\.0 % then/ })
      .waitFor();
    const labelled = section.getByRole('row', {
      name: /^W\+1 MB2 S03 380000 7 bad P\(bad\) 10\.0 % now, 95\.0 % then/,
    });
    expect(await axeComplaints(page)).toEqual([]);
    await labelled.getByRole('link').click();
    await page.waitForURL(/\/eval\/380000\/1\/3\/2\//);
    await page.context().close();
  });

  it('put a model in use and roll it back, ask first, and say why not', async () => {
    const { database } = stage.api;
    await inTemporaryFolder(async (folder) => {
      await writeUntrainedModel(`${folder}/model`);
      await registerFolder(database, `${folder}/model`);
    });
    const decision = { promote: false, reasons: ['average precision gains 0.0001'] };
    const report = { ...gateReport, decision };
    const doubted = allChambers.findIndex((each) => formatChamber(each) === place.chamber);
    const verdicts = verdictsOf(2).map((verdict, row) => (row === 6 ? 'bad' : verdict));
    await writeLabel(database, 'bo', labelOf(380000, doubted, { verdicts }));
    await recordAct(database, { actor: 'ana', act: 'trained', model: candidate, report });
    const page = await openReport('models/');
    await page.getByText('9 bad and 90 good layers labelled in 6 runs cannot tell a gain').waitFor();
    await page.getByText('a hot layer from 1.24 times the hits expected on is bad').waitFor();
    await page.getByText('a layer from 4 scattered dead wires on is bad').waitFor();
    const precision = page.getByRole('row', { name: /^Average precision decides/ });
    await expect
      .poll(() => precision.textContent())
      .toMatch(/0\.8200\.900\+0\.080\+0\.010 to \+0\.120better$/);
    const alarms = page.getByRole('row', { name: /^Good layers called bad labelled/ });
    await expect
      .poll(() => alarms.textContent())
      .toMatch(/1\.0 %3\.0 %\+2\.0 %−0\.5 % to \+4\.0 %not surely other$/);
    const found = page.getByRole('row', { name: /^labelled, kind not said 9 layers/ });
    await expect.poll(() => found.textContent()).toMatch(/worse$/);
    await page.getByText('1 kind of which both find the same share').click();
    await page.getByRole('row', { name: /^dead chamber, simulated 40 layers, not judged/ }).waitFor();
    await page.getByText('1 labelled layers of which the two say different things').click();
    const changed = page.getByRole('row', {
      name: /^W\+1 MB2 S03 380000 7 bad P\(bad\) 10\.0 % before, 95\.0 % now/,
    });
    await expect.poll(() => changed.getByRole('link').getAttribute('href')).toBe('/eval/380000/1/3/2/');
    await page.getByText('Waiting for a second opinion: 1').click();
    await page.getByRole('cell', { name: 'by bo; P(bad) 0.4 %, by other labels 3.0 %' }).waitFor();
    await page.getByRole('link', { name: 'Answer 1 chamber' }).click();
    await page.getByText('A second opinion: what was said of this chamber did not teach.').waitFor();
    await page.getByRole('button', { name: 'Layer 7: not answered' }).waitFor();
    for (const key of ['a', '7', 'Enter']) await page.keyboard.press(key);
    await page.getByRole('button', { name: /^Next/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByText('No second opinion is asked of you').waitFor();
    await page.goto(`${stage.gateway.url}/reports/models/`);
    await page.getByText('All were answered since').waitFor();
    const row = page.getByRole('row', { name: /^untrained 1 / });
    const shipped = page.getByRole('row', { name: /^test 1\.0\.0 / });
    await shipped.getByRole('cell', { name: '● by configuration' }).waitFor();
    expect(await shipped.getByRole('button', { name: 'Refuse' }).count()).toBe(0);
    await shipped.getByRole('cell', { name: 'no training is known' }).waitFor();
    await row.getByRole('cell', { name: 'not passed: average precision gains 0.0001' }).waitFor();
    await row.getByRole('button', { name: `Refuse ${candidate}` }).click();
    await page.getByRole('dialog').getByRole('textbox', { name: 'Why' }).fill('blind to MB4');
    await page.getByRole('dialog').getByRole('button', { name: 'Refuse' }).click();
    await page.getByText(/Refused by local .*: blind to MB4/).waitFor();
    expect(await page.getByRole('button', { name: `Put ${candidate} in use` }).count()).toBe(0);
    await page.getByRole('button', { name: 'Show 1 refused' }).click();
    await row.getByText('refused by local').waitFor();
    await row.getByRole('button', { name: `Put ${candidate} in use` }).click();
    await page.getByText('whatever the gate said').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
    expect((await modelInUse(database)).model).toBe(null);
    await page.getByRole('button', { name: 'Put test@1.0.0 in use' }).press('Enter');
    await page.getByRole('dialog').getByRole('button', { name: 'Put in use' }).click();
    await page.getByRole('alert').getByText('no files of model test@1.0.0 are kept').waitFor();
    await row.getByRole('button', { name: `Put ${candidate} in use` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Put in use' }).click();
    await row.getByRole('cell', { name: '● in use' }).waitFor();
    await page.getByText('2 of 2 runs still show what other models said').waitFor();
    expect(await modelInUse(database)).toMatchObject({ model: candidate });
    await page.getByRole('button', { name: /^Roll back to / }).click();
    await page.getByText(`${candidate} goes out of use`).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back' }).click();
    await page.getByRole('button', { name: 'Nothing to roll back to' }).waitFor();
    expect((await modelInUse(database)).model).not.toBe(candidate);
    await page.getByText('What was done').click();
    await page.getByRole('row', { name: /local refused untrained@1 blind to MB4$/ }).waitFor();
    expect(await axeComplaints(page)).toEqual([]);
    await page.context().close();
  });
});

/** As a retraining leaves it in the journal. */
const compared = { current: 0.82, candidate: 0.9, gain: 0.08, low: 0.01, high: 0.12 };
const nothing = { current: 0, candidate: 0, gain: 0, low: 0, high: 0 };
const place = { run: 380000, chamber: 'W1_St2_Sec3', layer: 7, label: 'bad' };
const gateReport = {
  current: 'test@1.0.0',
  candidate: 'untrained@1',
  power: '9 bad and 90 good layers labelled in 6 runs cannot tell a gain in average precision below 0.070',
  labels: { chambers: 9, good: 90, bad: 9, newestEvent: '3' },
  averagePrecision: compared,
  found: compared,
  foundAtEqualFalseAlarms: compared,
  falseAlarms: { current: 0.01, candidate: 0.03, gain: 0.02, low: -0.005, high: 0.04 },
  simulatedFalseAlarms: nothing,
  kinds: [
    { kind: 'unnamed', layers: 9, judged: true, ...compared, gain: -0.3, low: -0.5, high: -0.1 },
    { kind: 'dead-chamber, simulated', layers: 40, judged: false, ...nothing },
  ],
  tolerances: [
    { kind: 'hot-layer', degree: 1.24 },
    { kind: 'scattered-dead', degree: 3.464 },
  ],
  doubted: { count: 1, listed: [{ ...place, expert: 'bo', score: 0.004, byOthers: 0.03 }] },
  changed: { count: 1, listed: [{ ...place, current: 0.1, candidate: 0.95 }] },
};

describe('scores in a browser', () => {
  it('of one run come worst first, by wheel, station and verdict, which the address keeps', async () => {
    const { database } = stage.api;
    const at = 'run = 380001 and wheel = 1 and station = 2 and sector';
    await database.query(`update chamber_score set scores[2] = 0.97, verdicts[2] = 'bad' where ${at} = 3`);
    await database.query(
      `update chamber_score set verdicts = array_replace(verdicts, 'good', 'unknown') where ${at} = 4`,
    );
    await database.query(
      `update chamber set state = 'absent', reason = 'no such plot', width = null, total_hits = null, hits = null where ${at} = 5`,
    );
    const { page, complaints } = await openPage(stage.browser);
    await page.goto(`${stage.gateway.url}/data/net_scores/`);
    await page.getByRole('radio', { name: 'One run, worst first' }).click();
    await page.getByText('250 of 250 chambers of run').waitFor();
    const first = () => page.getByRole('row').nth(1).getByRole('rowheader').textContent();
    expect(await first()).toBe('W+1 MB2 S03');
    await page.getByRole('radio', { name: 'Bad', exact: true }).click();
    await page.getByText('21 of 250 chambers of run').waitFor();
    await page.getByRole('radio', { name: '+1', exact: true }).click();
    await page.getByRole('radio', { name: 'MB2', exact: true }).click();
    await page.getByText('2 of 250 chambers of run').waitFor();
    expect(new URL(page.url()).search).toBe('?order=worst&verdict=bad&wheel=1&station=2');
    await page.reload();
    await page.getByText('2 of 250 chambers of run').waitFor();
    expect(await page.title()).toBe(
      'Scores of the newest run, worst first, wheel 1, MB2, bad · DT occupancy monitor',
    );
    for (const [name, chamber] of [
      ['Unknown', 'W+1 MB2 S04'],
      ['Not judged', 'W+1 MB2 S05'],
    ] as const) {
      await page.getByRole('radio', { name }).click();
      await page.getByText('1 of 250 chambers of run').waitFor();
      expect(await first()).toBe(chamber);
    }
    await page.goBack();
    await page.getByRole('radio', { name: 'Unknown', checked: true }).waitFor();
    await page.getByRole('combobox', { name: 'Run' }).selectOption('380000');
    await page.getByText('No chamber of this run is so').waitFor();
    expect(complaints).toEqual([]);
    await page.context().close();
  });
});
