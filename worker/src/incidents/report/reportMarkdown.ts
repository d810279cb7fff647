import type { Incident, IncidentReport } from '@dtdqm/contract';
import { evidenceOf, placeOf, saidOf } from './describe.ts';

/** The morning report for people, as Markdown. */
export function reportMarkdown(report: IncidentReport): string {
  const { counts, runs, since } = report;
  const grown = counts.grown > 0 ? ` (${counts.grown} of them grown)` : '';
  const from =
    since.run === null ? (since.at ?? '').replace('T', ' ').slice(0, 16) + ' UTC' : `run ${since.run}`;
  const covered =
    runs.count === 0
      ? 'No run was taken in since.'
      : `${runs.count} run${runs.count > 1 ? 's' : ''}, ${runs.first} to ${runs.last}.`;
  return [
    `# DT occupancy since ${from}`,
    '',
    `**${counts.new} new, ${counts.known} known${grown}, ${counts.healed} healed.** ${covered}`,
    ...section('New', report.new),
    ...section('Grown', report.grown),
    ...section('Healed', report.healed),
    ...section(
      'Known',
      report.known.filter(({ incident }) => !report.grown.some((other) => other.incident === incident)),
    ),
    '',
  ].join('\n');
}

function section(title: string, incidents: readonly Incident[]): string[] {
  if (incidents.length === 0) return [];
  return ['', `## ${title}`, '', ...incidents.map(line)];
}

function line(incident: Incident): string {
  const said = saidOf(incident);
  return `- **#${incident.incident}** ${incident.severity}, ${incident.kind}: ${placeOf(incident)}. ${evidenceOf(incident)}. Hardware: ${incident.hardware}.${said === '' ? '' : ` ${said}.`}`;
}
