import { mean } from '@dtdqm/contract/numbers';
import { expect, test } from 'vitest';
import { addTo, countsOf, layoutOf, noCounts, wiresOfRows } from './counts.ts';
import { countLook, watched } from './looks.fixture.ts';
import { addScatter, dispersionsOf, usualScatter } from './scatter.ts';

test('counts of front-end boards scatter as muons do that four layers share, staggered by half a cell', () => {
  const over = [1, 2, 3, 4, 5, 6, 7, 8].map((sector) => {
    const chamber = watched({ wheel: 2, station: 1, sector }, 'scatter');
    let scatter = usualScatter;
    const first = countLook(chamber);
    const layout = layoutOf(wiresOfRows(first));
    const before = noCounts(layout.width);
    for (let look = 0; look < 120; look++) {
      const matrix = countLook(chamber);
      const counts = countsOf(matrix, layout);
      scatter = addScatter(scatter, matrix, before, counts, layout, new Set());
      addTo(before, counts);
    }
    const { lumpSize, trackShare } = chamber.healthy;
    const { layers, boards } = dispersionsOf(scatter);
    return { layers: layers / lumpSize, boards: boards / (lumpSize * (1 + 2.75 * trackShare)) };
  });
  expect(mean(over.map(({ layers }) => layers))).toBeCloseTo(1, 1);
  expect(Math.abs(mean(over.map(({ boards }) => boards)) - 1)).toBeLessThan(0.07);
});
