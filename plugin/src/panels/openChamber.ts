import type { PanelProps } from '@grafana/data';
import { locationService } from '@grafana/runtime';
import type { ChamberId } from '@dtdqm/contract';

/**
 * Shows a chamber: at the address that the panel's options name, or by setting the dashboard's variables.
 *
 * @param link with `${run}`, `${wheel}`, `${station}`, `${sector}`; empty for the variables.
 * @param run null when none is meant.
 */
export function openChamber(
  { wheel, station, sector }: ChamberId,
  run: number | null,
  link: string,
  replaceVariables: PanelProps['replaceVariables'],
): void {
  if (link) {
    const place = { run: run ?? '', wheel, station, sector };
    const scoped = Object.entries(place).map(([name, value]) => [name, { text: String(value), value }]);
    locationService.push(replaceVariables(link, Object.fromEntries(scoped)));
    return;
  }
  locationService.partial({ 'var-wheel': wheel, 'var-station': station, 'var-sector': sector });
}
