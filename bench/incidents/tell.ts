import { chamberLabel } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { week } from './plan.ts';
import type { FaultResult, Lived } from './compare.ts';
import type { WeekResult } from './oneWeek.ts';

/** What is stored of a week: the counts that the goals speak of. */
export function figuresOf(result: WeekResult) {
  const { seed, faults, falseOpenings, messages, badLayersPerRun, runsWithBadLayers } = result;
  const due = faults.filter(({ inTime }) => inTime !== null);
  const together = faults.filter(({ inTimeTogether }) => inTimeTogether !== null);
  const flickering = faults.filter(
    ({ planned, large, opened }) => planned.course === 'flickers' && large && opened !== null,
  );
  return {
    seed,
    faults: faults.length,
    large: faults.filter(({ large }) => large).length,
    due: due.length,
    openInTime: due.filter(({ inTime }) => inTime).length,
    dueTogether: together.length,
    openInTimeTogether: together.filter(({ inTimeTogether }) => inTimeTogether).length,
    falseOpenings: falseOpenings.length,
    flickering: flickering.length,
    flickeringAsOne: flickering.filter(({ incidents }) => incidents.length === 1).length,
    messages: messages.length,
    alerts: sumOf(messages, ({ alerts }) => alerts.length),
    mostAlertsInOne: Math.max(0, ...messages.map(({ alerts }) => alerts.length)),
    runsWithBadLayers,
    badLayersPerRun: Math.round(badLayersPerRun * 10) / 10,
  };
}

export type Figures = ReturnType<typeof figuresOf>;

/** The week in one sentence or two. */
export function summaryOf(figures: Figures, model: string): string {
  const { seed, faults, due, openInTime, falseOpenings, flickering, flickeringAsOne, messages, alerts } =
    figures;
  return (
    `Week "${seed}": ${week.runs} runs, ${faults} faults, model ${model}. Of ${due} faults of 8 cells or more with enough hits, ` +
    `${openInTime} were open within 2 runs. ${falseOpenings} false openings. ${flickeringAsOne} of ${flickering} flickering faults made one incident. ` +
    `${messages} messages with ${alerts} alerts.`
  );
}

/** A line for each fault, false opening and message. */
export function detailsOf({ faults, falseOpenings, messages }: WeekResult): string[] {
  return [
    ...faults.map(faultLine),
    ...falseOpenings.map(falseLine),
    ...messages.map(
      ({ run, rule, alerts }) => `run ${run}: ${rule} (${alerts.length}) ${alerts.join(' | ')}`,
    ),
  ];
}

function faultLine({
  planned,
  visible,
  due,
  dueTogether,
  opened,
  inTime,
  healed,
  incidents,
}: FaultResult): string {
  const { chamber, fault, cells, course, begins, heals } = planned;
  return [
    inTime === false ? 'LATE ' : '     ',
    `${chamberLabel(chamber)} ${fault.kind}`.padEnd(36),
    `${cells} cells, level ${fault.level.toFixed(2)}, ${course}`.padEnd(36),
    `runs ${begins}..${heals - 1}, ${visible.length} clear, due ${due ?? '-'} (together ${dueTogether ?? '-'}), opened ${opened ?? '-'}, healed ${healed ?? '-'}`.padEnd(
      80,
    ),
    incidents
      .map(
        ({ incident: { incident, kind, severity, hardware } }) =>
          `#${incident} ${kind} ${severity} (${hardware})`,
      )
      .join('; '),
  ].join(' ');
}

function falseLine({ incident, sightings }: Lived): string {
  const { incident: number, kind, spans, evidence } = incident;
  return `FALSE #${number} ${chamberLabel(incident as never)} ${kind} ${JSON.stringify(spans)} sightings ${sightings.join()} ${JSON.stringify(evidence)}`;
}
