import { describe, expect, it } from 'vitest';
import type { CertificationDraft, DetectorState, Incident, IncidentReport } from '@dtdqm/contract';
import { draftCertification, morningReport, reportMarkdown, runLinks } from './report.ts';

function incident(number: number, changes: Partial<Incident> = {}): Incident {
  return {
    incident: number,
    state: 'open',
    condition: 'open',
    kind: 'dead-region',
    severity: 'warning',
    wheel: -2,
    station: 1,
    sector: 3,
    chamber: 'W-2 MB1 S03',
    layers: [9],
    wires: { first: 5, last: 9 },
    spans: [],
    hardware: 'not mapped',
    firstRun: 3,
    lastRun: 8,
    inNewestRun: true,
    began: { run: 3, happened: null },
    ended: null,
    openedRun: 4,
    openedAt: '2026-05-04T06:00:00.000Z',
    healedRun: null,
    healedAt: null,
    acknowledgedBy: null,
    shelf: null,
    knownBad: false,
    mergedInto: null,
    evidence: {
      score: 0.987,
      ratio: 0.256,
      saliencyShare: null,
      confidence: 1,
      cells: 5,
      lost: 5,
      sightings: 6,
      misses: 0,
      flickers: false,
      model: 'toy@1.0.0',
    },
    ...changes,
  };
}

const state: DetectorState = {
  at: '2026-11-01T06:00:00.000Z',
  headline: '2 bad, 1 new; 250 of 250 judged; run 8, 3 min ago; SIMULATED',
  quiet: false,
  tone: 'loud',
  doubts: ['the detector is simulated'],
  ...{
    run: 8,
    startedAt: null,
    storedAt: '2026-05-04T06:00:00.000Z',
    life: 'growing',
    model: 'toy@1.0.0',
    source: 'simulated',
  },
  ...{
    connected: true,
    stale: false,
    expected: 250,
    judged: 250,
    failed: 0,
    absent: 0,
    dead: 0,
    bad: 2,
    unknown: 0,
    good: 248,
  },
  ...{ kept: 0, new: 1, acknowledged: 2, shelved: 0, unconfirmed: 0, notInRun: 0 },
};

describe('the morning report', () => {
  const since = { run: 5, at: null };
  const report = morningReport({
    since,
    state,
    runs: [5, 6, 8],
    standing: [incident(1), incident(2), incident(3)],
    opened: new Set([2]),
    grown: new Set([2, 3]),
    healed: [incident(4)],
  });
  const numbers = (incidents: readonly Incident[]) => incidents.map(({ incident: number }) => number);

  it('tells what was opened from what was there before, and what of that has grown', () => {
    expect(report).toMatchObject({
      since,
      runs: { count: 3, first: 5, last: 8 },
      counts: { opened: 1, before: 2, healed: 1, grown: 1 },
    });
    const { opened, before, grown, healed } = report;
    expect([opened, before, grown, healed].map(numbers)).toEqual([[2], [1, 3], [3], [4]]);
  });

  it('is read as Markdown, each incident in one section', () => {
    const text = reportMarkdown(report);
    // The headline of every display comes first, with what is not known.
    expect(text.split('\n').slice(0, 6)).toEqual([
      '# DT occupancy since run 5',
      '',
      `**${state.headline}.**`,
      '- the detector is simulated',
      '',
      '1 opened, 2 from before (1 of them grown), 1 healed. 3 runs, 5 to 8.',
    ]);
    expect(text.match(/^## .*|#\d/gm)).toEqual([
      '## Opened',
      '#2',
      '## Grown',
      '#3',
      '## Healed',
      '#4',
      '## From before',
      '#1',
    ]);
    expect(text).toContain(
      '- **#1** new, warning, dead-region: W-2 MB1 S03, layer 9, wires 5-9. 26 % of the expected hits, P(bad) 0.99, seen in 6 runs, 3 to 8. Hardware: not mapped.\n',
    );
  });

  it('leaves out what is empty', () => {
    const quiet: IncidentReport = morningReport({
      since: { run: null, at: '2026-05-04T06:00:00Z' },
      state,
      runs: [],
      standing: [],
      opened: new Set(),
      grown: new Set(),
      healed: [],
    });
    expect(quiet.runs).toEqual({ count: 0, first: null, last: null });
    expect(reportMarkdown(quiet)).toBe(
      `# DT occupancy since 2026-05-04 06:00 UTC\n\n**${state.headline}.**\n- the detector is simulated\n\n` +
        '0 opened, 0 from before, 0 healed. No run was taken in since.\n',
    );
    expect(reportMarkdown({ ...quiet, runs: { count: 1, first: 5, last: 5 } })).toContain(' 1 run, 5 to 5.');
  });

  it('shows what people wrote as text: no markup of theirs, and no line of its own', () => {
    const shelf = {
      by: 'al',
      owner: '<img src=x onerror=alert(1)>',
      reason: 'a [link](https://evil.example)\n\n# **All is well**\r\n- `none` | @all &lt; _x_ \\',
      until: '2026-05-04T06:00:00.000Z',
    };
    const text = reportMarkdown({ ...report, opened: [incident(2, { shelf, acknowledgedBy: '<b>cy</b>' })] });
    expect(text).toContain(
      '&lt;img src=x onerror=alert\\(1\\)&gt; until 2026-05-04T06:00Z: ' +
        'a \\[link\\]\\(https://evil.example\\) \\# \\*\\*All is well\\*\\* - \\`none\\` \\| \\@all &amp;lt; \\_x\\_ \\\\; ' +
        'acknowledged by &lt;b&gt;cy&lt;/b&gt;.',
    );
    expect(text.split('\n').filter((line) => line.startsWith('# '))).toHaveLength(1);
  });

  it('names places as people do, and says what was said', () => {
    const line = (changes: Partial<Incident>) =>
      reportMarkdown({ ...report, opened: [incident(2, changes)] })
        .split('\n')
        .find((each) => each.includes('#2'));
    expect(line({ layers: [1, 2, 3, 4, 9, 11, 12], wires: null })).toContain('S03, layers 1-4, 9, 11-12. ');
    expect(line({ wires: { first: 7, last: 7 } })).toContain(', layer 9, wire 7. ');
    const evidence = { ...incident(1).evidence, ratio: null, score: null, flickers: true };
    expect(line({ evidence })).toContain('wires 5-9. seen in 6 runs, 3 to 8, comes and goes. Hardware');
    const shelf = { by: 'al', owner: 'bo', reason: 'access', until: '2026-05-04T06:00:00.000Z' };
    expect(line({ knownBad: true, shelf, acknowledgedBy: 'cy' })).toMatch(
      /not mapped\. known to be bad; shelved by bo until 2026-05-04T06:00Z: access; acknowledged by cy\.$/,
    );
  });
});

describe('the draft of a certification', () => {
  const evidence: CertificationDraft['evidence'] = {
    status: 'FINISHED',
    closed: true,
    model: 'toy@1.0.0',
    layers: 1000,
    badLayers: 10,
    unknownLayers: 0,
    source: 'real',
    ...{ expected: 250, judged: 250, failed: 0, absent: 0, dead: 0, bad: 4, unknown: 0, kept: 0 },
  };
  const draft = (changes: Partial<typeof evidence> = {}, incidents: Incident[] = []) =>
    draftCertification({
      run: 7,
      evidence: { ...evidence, ...changes },
      incidents,
      links: [{ text: 'Run', url: '/runs/7' }],
    });
  const verdict = (changes: Partial<typeof evidence>) => {
    const { verdict: word, reasons } = draft(changes);
    return [word, ...reasons];
  };

  it('goes by the share of bad layers', () => {
    expect(verdict({})).toEqual(['good', '10 of 1000 layers bad (1.0 %)']);
    expect(verdict({ badLayers: 29 })).toEqual(['good', '29 of 1000 layers bad (2.9 %)']);
    expect(verdict({ badLayers: 30 })).toEqual(['not-sure', '30 of 1000 layers bad (3.0 %)']);
    expect(verdict({ badLayers: 79 })).toEqual(['not-sure', '79 of 1000 layers bad (7.9 %)']);
    expect(verdict({ badLayers: 80, closed: false })).toEqual(['bad', '80 of 1000 layers bad (8.0 %)']);
  });

  it('leaves to people what is incomplete, with every reason', () => {
    expect(verdict({ status: 'ERROR' })[0]).toBe('not-sure');
    expect(verdict({ layers: 0, badLayers: 0 })).toEqual(['not-sure', 'nothing of the run was scored']);
    expect(verdict({ closed: false, failed: 2, absent: 3, unknown: 4, kept: 5, unknownLayers: 200 })).toEqual(
      [
        'not-sure',
        'the run still grows at the source',
        '2 chambers could not be fetched',
        '3 chambers are absent at the source',
        'of 4 chambers nothing can be said',
        'of 5 chambers the source shows less than before',
        '200 of 1000 layers have too few hits for a verdict',
      ],
    );
    expect(verdict({ unknownLayers: 199 })[0]).toBe('good');
    expect(verdict({ source: 'simulated' })).toEqual(['not-sure', 'the hits are simulated']);
    expect(verdict({ source: null })).toEqual(['not-sure', 'it is not known where the hits come from']);
  });

  it('leaves to people a critical incident that nobody has spoken of', () => {
    const critical = (state: Incident['state']) => incident(1, { severity: 'critical', state });
    const reasons = (...incidents: Incident[]) => draft({}, incidents).reasons;
    expect(reasons(critical('new'), critical('grown'), critical('open'), critical('shrunk'))).toEqual([
      '4 critical incidents that nobody has acknowledged',
    ]);
    expect(reasons(critical('open'))).toEqual(['1 critical incident that nobody has acknowledged']);
    for (const said of ['acknowledged', 'shelved', 'known-bad', 'healed'] as const)
      expect(draft({}, [critical(said)]).verdict).toBe('good');
    expect(draft({}, [incident(1, { state: 'new' })]).verdict).toBe('good');
  });

  it('is a text with the evidence, the incidents of note and a line to sign', () => {
    const { comment } = draft({ status: 'ERROR' }, [incident(1), incident(2, { severity: 'info' })]);
    expect(comment.split('\n')).toEqual([
      'Run 7, DT occupancy: NOT SURE (draft, not signed)',
      expect.stringMatching(/^- the run could not be /),
      'Judged by toy@1.0.0: 250 of 250 chambers, 4 bad, 0 dead; 1000 layers, 10 bad, 0 unknown.',
      'Incidents (1):',
      '- #1 [open] dead-region: W-2 MB1 S03, layer 9, wires 5-9; 26 % of the expected hits, P(bad) 0.99, seen in 6 runs, 3 to 8',
      'Run: /runs/7',
      'Checked by: ____________________  Date: __________',
    ]);
    expect(draft({ model: null }).comment).toMatch(/^Judged by nobody: .*\nNo incident of note\.$/m);
  });
});

it('links a run to its dashboard where the address of Grafana is known', () => {
  expect(runLinks(7, undefined)).toHaveLength(1);
  expect(runLinks(7, 'https://grafana.example/')).toContainEqual({
    text: 'Dashboard',
    url: 'https://grafana.example/d/dtdqm-overview?var-run=7',
  });
});
