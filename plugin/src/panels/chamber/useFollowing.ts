import { useEffect, useRef } from 'react';
import type { ChamberOfRun } from '@dtdqm/contract';
import type { ChamberModel } from '../../heatmap/chamberModel.ts';
import type { Desk, DeskState } from '../../labelling/desk.ts';
import { taskKey } from '../../labelling/prefetch.ts';
import type { ChamberOptions } from './options.ts';

/** Where the dashboard's variables live; the address bar, in Grafana. */
export interface Location {
  partial: (query: Record<string, unknown>, replace?: boolean) => void;
}

/**
 * Keeps desk and dashboard together: going on to the next chamber sets the variables run, wheel, sector and station, so that every
 * panel follows and the address is a deep link; choosing a chamber in the dashboard opens it at the desk.
 */
export function useFollowing(
  labelling: { desk: Desk; state: DeskState } | null,
  mode: ChamberOptions['labelling'],
  shown: ChamberModel | null,
  location: Location,
): void {
  const desk = labelling?.desk ?? null;
  const atDesk = labelling?.state.session.task?.chamber ?? null;
  const inDashboard = shown ? asChamberOfRun(shown) : null;
  const begun = useRef<Desk | null>(null);
  const announced = useRef<string | null>(null);
  const seen = useRef<string | null>(null);
  const deskKey = atDesk && taskKey(atDesk);
  const dashboardKey = inDashboard && taskKey(inDashboard);

  useEffect(() => {
    if (!desk || begun.current === desk) return;
    if (mode === 'shown' && !inDashboard) return;
    begun.current = desk;
    seen.current = dashboardKey;
    if (mode === 'shown' && inDashboard) void desk.open(inDashboard);
    else desk.next();
    // Runs once a desk, as soon as there is a chamber to begin with.
  });

  useEffect(() => {
    if (!atDesk || !deskKey || announced.current === deskKey) return;
    announced.current = deskKey;
    if (deskKey === dashboardKey) return;
    const { run, wheel, sector, station } = atDesk;
    location.partial(
      { 'var-run': run, 'var-wheel': wheel, 'var-sector': sector, 'var-station': station },
      true,
    );
  }, [atDesk, deskKey, dashboardKey, location]);

  useEffect(() => {
    if (!desk || begun.current !== desk || !inDashboard || seen.current === dashboardKey) return;
    seen.current = dashboardKey;
    // Frames that arrive for an earlier step of ours are no choice of the expert's.
    if (dashboardKey !== deskKey && dashboardKey !== announced.current) void desk.open(inDashboard);
  });
}

function asChamberOfRun({ chamber, run }: ChamberModel): ChamberOfRun | null {
  return chamber && run !== null ? { run, ...chamber } : null;
}
