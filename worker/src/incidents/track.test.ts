import { expect, it } from 'vitest';
import { finding } from './toy.fixture.ts';
import { lostIn, severityOf } from './track.ts';

it('severity goes by wires lost, and by name where a name says enough', () => {
  expect([7.9, 8, 99.9, 100].map((lost) => severityOf('weak-region', lost))).toEqual([
    'info',
    'warning',
    'warning',
    'critical',
  ]);
  expect(severityOf('dead-chamber', 1)).toBe('critical');
  expect([severityOf('unnamed', 1), severityOf('unnamed', 100)]).toEqual(['warning', 'critical']);
});

it('a wire is lost by the share of its hits that is missing', () => {
  const spans = [{ layer: 9, first: 1, last: 10 }];
  const lost = (ratio: number | null, kind: 'weak-region' | 'noisy-cell' = 'weak-region') =>
    lostIn(finding(spans, { ratio, kind }));
  expect([lost(0), lost(0.75), lost(1.5), lost(null)]).toEqual([10, 2.5, 0, 10]);
  expect(lost(20, 'noisy-cell')).toBe(10);
});
