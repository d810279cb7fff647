import { type Incident, type Span, formatChamber, layersOf } from '@dtdqm/contract';
import { type PlannedFault, inRun, isLarge, lumisectionsOf, week } from './plan.ts';
import { randomOf } from '@dtdqm/contract/random';
import { sumOf } from '@dtdqm/contract/numbers';
import { type InjectedFault, calibratedSpread, healthyExpectation, levelAt } from '@dtdqm/simulator/detector';

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
    // Two layers that count the same in every wire need no hits that lack.
    if (fault.mapping) return true;
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

/**
 * From how many standard deviations on a fault has hits enough to be told. A run has 2,720 layers of about 60 wires, so that a
 * fault may begin in 160,000 places: at 5, chance alone (2.9e-7 a place) makes one in 21 runs, which is the rate of false
 * openings that is allowed. Whoever wants more must cry wolf more often.
 *
 * Set down before the weeks that docs/incidents.md reports were simulated.
 */
export const enough = 5;

/** Siblings agree within so much by nature: one standard deviation, measured in real chambers. */
const siblingScatter = 0.03;

/** A layer has three siblings in its superlayer to be compared with. */
const siblings = 3;

/**
 * By how many standard deviations a fault stands out in a run: in the layer that shows it best, which is what verdicts are
 * of, and in all its layers taken together, where they fail at once.
 */
function significanceOf(
  { seed, chamber }: PlannedFault,
  fault: InjectedFault,
  run: number,
): { layer: number; together: number } {
  const { wheel, station, sector } = chamber;
  const built = randomOf(seed, 'built', wheel, station, sector);
  const { hits, lumpSize } = healthyExpectation(chamber, lumisectionsOf(seed, run), calibratedSpread, built);
  // Of the wires that it touches. Hits that come in lumps are as many independent ones as there are lumps.
  const counted = fault.layers.map((layer) => {
    let [expected, found] = [0, 0];
    (hits[layer - 1] ?? []).forEach((own, wire) => {
      const level = levelAt(fault, layer, wire + 1);
      if (level === 1) return;
      expected += own / lumpSize;
      found += (level * own) / lumpSize;
    });
    return { expected, found };
  });
  const together = { expected: sumOf(counted, (own) => own.expected), found: sumOf(counted, (own) => own.found) }; // prettier-ignore
  return { layer: Math.max(...counted.map(standsOut)), together: standsOut(together) };
}

/**
 * Significance of finding so many hits on the fault's wires, and what is expected on the same wires of each sibling, by
 * Li and Ma (Astrophys. J. 272 (1983) 317, equation 17), with the scatter of siblings as a second, independent source.
 */
function standsOut({ expected, found: on }: { expected: number; found: number }): number {
  if (expected <= 0) return 0;
  const off = expected * siblings;
  const alpha = 1 / siblings;
  const onTerm = on > 0 ? on * Math.log(((1 + alpha) / alpha) * (on / (on + off))) : 0;
  const offTerm = off * Math.log((1 + alpha) * (off / (on + off)));
  const byChance = Math.sqrt(2 * (onTerm + offTerm));
  const byNature = Math.abs(1 - on / expected) / siblingScatter;
  return 1 / Math.hypot(1 / byChance, 1 / byNature);
}
