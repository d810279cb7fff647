import { chamberLabel } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { inRun, week } from './plan.ts';
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
    opened: sumOf(faults, ({ incidents }) => incidents.length) + falseOpenings.length,
    falseOpenings: falseOpenings.length,
    coverageFalls: result.coverageFalls.length,
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
  const { seed, faults, due, openInTime, opened, falseOpenings, flickering, flickeringAsOne } = figures;
  const { messages, alerts } = figures;
  return (
    `Week "${seed}": ${week.runs} runs, ${faults} faults, model ${model}. Of ${due} faults of 8 cells or more with enough hits, ` +
    `${openInTime} were open within 2 runs. ${falseOpenings} of ${opened} openings were false. ${flickeringAsOne} of ${flickering} flickering faults made one incident. ` +
    `${messages} messages with ${alerts} alerts.`
  );
}

/** A line for each fault, false opening and message. */
export function detailsOf({ faults, falseOpenings, coverageFalls, messages }: WeekResult): string[] {
  return [
    ...faults.map(faultLine),
    ...falseOpenings.map(falseLine),
    ...coverageFalls.map(
      ({ incident, sightings }) => `COVERAGE ${incident.evidence.note} in runs ${sightings.join()}`,
    ),
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
  return `FALSE #${number} ${incident.chamber} ${kind} ${JSON.stringify(spans)} sightings ${sightings.join()} ${JSON.stringify(evidence)}`;
}

const cell = { width: 12, height: 12 };
const left = 330;
const top = 74;

/** The week as SVG: a row a fault, a column a run; the truth as bars, the ledger as lines over them. */
export function pictureOf(
  faults: readonly FaultResult[],
  falseOpenings: readonly Lived[],
  summary: string,
): string {
  const rows = [...faults].sort(
    (a, b) => a.planned.begins - b.planned.begins || a.planned.number - b.planned.number,
  );
  const height = top + (rows.length + falseOpenings.length + 2) * (cell.height + 3) + 20;
  const width = left + week.runs * cell.width + 30;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="10" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    `<text x="10" y="18" font-size="14" font-weight="bold">A simulated week: faults as they were, and incidents as the ledger has them</text>`,
    `<text x="10" y="34">${escape(summary)}</text>`,
    legend(),
    ...rows.map((row, at) => faultRow(row, top + at * (cell.height + 3))),
    ...falseOpenings.map((lived, at) => falseRow(lived, top + (rows.length + 1 + at) * (cell.height + 3))),
    ...[0, 10, 20, 30, 40, 50, 59].map(
      (run) => `<text x="${left + run * cell.width}" y="${top - 5}" fill="#666">${run + 1}</text>`,
    ),
    '</svg>',
    '',
  ].join('\n');
}

function legend(): string {
  const y = 50;
  return [
    `<rect x="10" y="${y - 8}" width="12" height="9" fill="#9db8d9"/><text x="26" y="${y}">a run shows the fault</text>`,
    `<rect x="140" y="${y - 8}" width="12" height="9" fill="#dfe7f1"/><text x="156" y="${y}">shows it, with too few hits to tell</text>`,
    `<line x1="330" y1="${y - 4}" x2="352" y2="${y - 4}" stroke="#b3261e" stroke-width="3"/><text x="358" y="${y}">incident open</text>`,
    `<circle cx="440" cy="${y - 4}" r="4" fill="#b3261e"/><text x="448" y="${y}">opened</text>`,
    `<circle cx="496" cy="${y - 4}" r="4" fill="#fff" stroke="#b3261e" stroke-width="1.5"/><text x="504" y="${y}">healed</text>`,
    `<path d="M552 ${y} l4 -8 l4 8 z" fill="#b3261e"/><text x="564" y="${y}">grown</text>`,
    `<text x="610" y="${y}">numbers over the columns: runs</text>`,
  ].join('\n');
}

function faultRow({ planned, visible, incidents, large }: FaultResult, y: number): string {
  const { chamber, fault, course, cells } = planned;
  const name = `${chamberLabel(chamber)}  ${fault.kind}, ${cells} cells, ${course}${large ? '' : ' (small)'}`;
  const bars = Array.from({ length: week.runs }, (_, run) => {
    if (inRun(planned, run) === null) return '';
    const colour = visible.includes(run) ? '#9db8d9' : '#dfe7f1';
    return `<rect x="${left + run * cell.width}" y="${y}" width="${cell.width - 1}" height="${cell.height}" fill="${colour}"/>`;
  });
  return [
    `<text x="10" y="${y + 9}">${escape(name)}</text>`,
    ...bars,
    ...incidents.map((lived) => line(lived, y)),
  ].join('');
}

function falseRow(lived: Lived, y: number): string {
  const { wheel, station, sector, kind, layers } = lived.incident;
  const name = `false: W${wheel} MB${station} S${sector} ${kind}, layers ${layers.join(' ')}`;
  return `<text x="10" y="${y + 9}" fill="#b3261e">${escape(name)}</text>${line(lived, y)}`;
}

function line({ incident, changes }: Lived, y: number): string {
  const x = (run: number) => left + (run + 0.5) * cell.width;
  const middle = y + cell.height / 2;
  const ends = incident.healedRun === null ? week.runs - 1 : incident.healedRun - week.firstRun;
  const begins = incident.openedRun - week.firstRun;
  const marks = changes.map(({ run, change }) => {
    if (change === 'grown') return `<path d="M${x(run) - 4} ${middle + 4} l4 -8 l4 8 z" fill="#b3261e"/>`;
    if (change === 'healed')
      return `<circle cx="${x(run)}" cy="${middle}" r="4" fill="#fff" stroke="#b3261e" stroke-width="1.5"/>`;
    return change === 'opened' || change === 'reopened'
      ? `<circle cx="${x(run)}" cy="${middle}" r="4" fill="#b3261e"/>`
      : '';
  });
  return `<line x1="${x(begins)}" y1="${middle}" x2="${x(ends)}" y2="${middle}" stroke="#b3261e" stroke-width="3"/>${marks.join('')}`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
