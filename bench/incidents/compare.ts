import { formatChamber, layersOf, type Incident, type Span } from '@dtdqm/contract';
import { inRun, isLarge, week, type PlannedFault } from './plan.ts';
import { enough, significanceOf } from './significance.ts';

export interface Lived {
  incident: Incident;
  /** Runs (index from 0) that show it. */
  sightings: number[];
  /** Runs (index from 0) of its changes. */
  changes: { run: number; change: string }[];
}

export interface FaultResult {
  planned: PlannedFault;
  /** Runs (index from 0) in which an expert calls it bad and it has hits enough. */
  visible: number[];
  large: boolean;
  /** The run by which it must be open: the second that shows it within any three; null when there is none. */
  due: number | null;
  /** The same where it is enough that its layers show it together. */
  dueTogether: number | null;
  incidents: Lived[];
  opened: number | null;
  inTime: boolean | null;
  inTimeTogether: boolean | null;
  healed: number | null;
}

/** Puts the ledger beside the truth. */
export function compare(plan: readonly PlannedFault[], ledger: readonly Lived[]) {
  const owners = new Map<Lived, PlannedFault>();
  for (const lived of ledger) {
    const owner = plan.find((planned) => isAbout(lived.incident, planned));
    if (owner !== undefined) owners.set(lived, owner);
  }
  const faults = plan.map((planned): FaultResult => {
    const visible = runsThatShow(planned, 'layer');
    const incidents = ledger.filter((lived) => owners.get(lived) === planned);
    const large = isLarge(planned);
    const due = dueRun(visible);
    const dueTogether = dueRun(runsThatShow(planned, 'together'));
    const opened =
      incidents.length > 0 ? Math.min(...incidents.map(({ incident }) => index(incident.openedRun))) : null;
    const healings = incidents.flatMap(({ incident }) =>
      incident.healedRun === null ? [] : [index(incident.healedRun)],
    );
    const healed = healings.length === incidents.length && healings.length > 0 ? Math.max(...healings) : null;
    const isInTime = (by: number | null) => (large && by !== null ? opened !== null && opened <= by : null);
    return {
      planned,
      visible,
      large,
      due,
      dueTogether,
      incidents,
      opened,
      inTime: isInTime(due),
      inTimeTogether: isInTime(dueTogether),
      healed,
    };
  });
  return { faults, falseOpenings: ledger.filter((lived) => !owners.has(lived)) };
}

function isAbout(
  { wheel, station, sector, spans, firstRun, lastRun }: Incident,
  planned: PlannedFault,
): boolean {
  if (formatChamber({ wheel, station, sector } as PlannedFault['chamber']) !== formatChamber(planned.chamber))
    return false;
  if (index(lastRun) < planned.begins || index(firstRun) >= planned.heals) return false;
  return spans.some((span) => touches(span, planned));
}

function touches({ layer, first, last }: Span, { fault, chamber }: PlannedFault): boolean {
  if (!fault.layers.includes(layer) || !layersOf(chamber.station).includes(layer)) return false;
  return first <= fault.wires.last + 1 && last >= fault.wires.first - 1;
}

function runsThatShow(planned: PlannedFault, where: 'layer' | 'together'): number[] {
  return Array.from({ length: week.runs }, (_, run) => run).filter((run) => {
    const fault = inRun(planned, run);
    if (fault === null || (planned.fault.bad && !fault.bad)) return false;
    return significanceOf(planned, fault, run)[where] >= enough;
  });
}

function dueRun(visible: readonly number[]): number | null {
  const second = visible.findIndex((run, at) => at > 0 && run - visible[at - 1]! <= 2);
  return second < 0 ? null : visible[second]!;
}

function index(run: number): number {
  return run - week.firstRun;
}
