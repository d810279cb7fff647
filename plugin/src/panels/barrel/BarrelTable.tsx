import React, { memo, useEffect, useState } from 'react';
import { sectorsOf, stations, wheels } from '@dtdqm/contract';
import type { BarrelCell } from '../../barrel/barrelModel.ts';
import { visuallyHidden } from '../../theme/theme.ts';

/** The table follows the pictures after this time, ms: nobody waits for it, and the pictures come first. */
const delay = 200;

/** The same as the pictures, as a table: for those who do not see them. */
export function BarrelTable({ cells }: { cells: readonly BarrelCell[] }) {
  const [shown, setShown] = useState(cells);
  useEffect(() => {
    const timer = window.setTimeout(() => setShown(cells), delay);
    return () => window.clearTimeout(timer);
  }, [cells]);
  return <Table cells={shown} />;
}

const Table = memo(function Table({ cells }: { cells: readonly BarrelCell[] }) {
  const byKey = new Map(cells.map((cell) => [cell.key, cell]));
  return (
    <table className={visuallyHidden}>
      <caption>Chambers by wheel, station and sector</caption>
      <thead>
        <tr>
          <th scope="col">Wheel and station</th>
          {sectorsOf(4).map((sector) => (
            <th scope="col" key={sector}>
              Sector {sector}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {wheels.flatMap((wheel) =>
          stations.map((station) => (
            <tr key={`${wheel} ${station}`}>
              <th scope="row">
                Wheel {wheel}, MB{station}
              </th>
              {sectorsOf(station).map((sector) => (
                <td key={sector}>{byKey.get(`W${wheel}_St${station}_Sec${sector}`)?.label}</td>
              ))}
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
});
