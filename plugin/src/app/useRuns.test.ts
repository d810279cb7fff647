import { expect, it } from 'vitest';
import { runCsv } from './useRuns.ts';

it('writes a run as one line a chamber, empty where nothing is known', () => {
  const said = {
    standing: null,
    incident: null,
    sinceRun: null,
    kind: null,
    inRun: null,
    reason: null,
    kept: null,
  };
  const chamber = { wheel: -1, station: 2, sector: 7, condition: 'bad' as const, ...said };
  const faults = [{ kind: 'dead-layer' as const, layers: [4, 5], wires: null, confidence: 1 }];
  expect(
    runCsv({
      run: 380001,
      chambers: [
        { ...chamber, state: 'present', hits: 14000, badLayers: 2, worstScore: 0.99, faults },
        {
          ...chamber,
          sector: 8,
          state: 'absent',
          hits: null,
          badLayers: null,
          worstScore: null,
          faults: null,
        },
      ],
    }),
  ).toBe(
    'run,wheel,station,sector,state,hits,bad_layers,worst_score,faults\r\n' +
      '380001,-1,2,7,present,14000,2,0.99,dead-layer in 4 5\r\n' +
      '380001,-1,2,8,absent,,,,\r\n',
  );
});
