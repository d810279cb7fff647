import {
  badLayerShares,
  dashboardUids,
  formatRanges,
  standingOfState,
  type CertificationDraft,
  type DetectorState,
  type Incident,
  type IncidentReport,
} from '@dtdqm/contract';
import { counted } from '@dtdqm/contract/numbers';

export interface ReportInput {
  since: IncidentReport['since'];
  state: DetectorState;
  /** Runs of the ledger since then, oldest first. */
  runs: readonly number[];
  /** All that stand now. */
  standing: readonly Incident[];
  /** Numbers of incidents that were opened or reopened, and that grew, since then. */
  opened: ReadonlySet<number>;
  grown: ReadonlySet<number>;
  healed: readonly Incident[];
}

/** Sorts incidents into opened since, there before, and healed. */
export function morningReport(input: ReportInput): IncidentReport {
  const { since, state, runs, standing, opened, grown, healed } = input;
  const fresh = standing.filter(({ incident }) => opened.has(incident));
  const before = standing.filter(({ incident }) => !opened.has(incident));
  const larger = before.filter(({ incident }) => grown.has(incident));
  return {
    since,
    state,
    runs: { count: runs.length, first: runs[0] ?? null, last: runs.at(-1) ?? null },
    counts: { opened: fresh.length, before: before.length, healed: healed.length, grown: larger.length },
    opened: fresh,
    grown: larger,
    before,
    healed: [...healed],
  };
}

/** The morning report for people, as Markdown. */
export function reportMarkdown(report: IncidentReport): string {
  const { counts, runs, since, state } = report;
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
    `**${state.headline}.**`,
    ...state.doubts.map((doubt) => `- ${markdownText(doubt)}`),
    '',
    `${counts.opened} opened, ${counts.before} from before${grown}, ${counts.healed} healed. ${covered}`,
    ...section('Opened', report.opened),
    ...section('Grown', report.grown),
    ...section('Healed', report.healed),
    ...section(
      'From before',
      report.before.filter(({ incident }) => !report.grown.some((other) => other.incident === incident)),
    ),
    '',
  ].join('\n');
}

function section(title: string, incidents: readonly Incident[]): string[] {
  if (incidents.length === 0) return [];
  return ['', `## ${title}`, '', ...incidents.map(line)];
}

function line(incident: Incident): string {
  const said = saidOf(incident, markdownText);
  return `- **#${incident.incident}** ${standingOfState[incident.state]}, ${incident.severity}, ${incident.kind}: ${placeOf(incident)}. ${evidenceOf(incident)}. Hardware: ${incident.hardware}.${said === '' ? '' : ` ${said}.`}`;
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * What people wrote, as text and nothing else: without line ends that would begin a heading or a list, with entities for what HTML and a
 * backslash before what Markdown would take for its own (CommonMark 0.31, section 2.4; `@`, `#` and `$` are GitHub's and GitLab's).
 */
function markdownText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#!|~$@]/g, '\\$&')
    .replace(/[&<>]/g, (character) => entities[character] ?? '');
}

/** Share of layers without a verdict from which a run is left to people. */
const unknownShare = 0.2;

export interface CertificationInput {
  run: number;
  evidence: CertificationDraft['evidence'];
  incidents: readonly Incident[];
  links: CertificationDraft['links'];
}

/** Drafts what to say of a run; a person signs it or writes another. */
export function draftCertification({
  run,
  evidence,
  incidents,
  links,
}: CertificationInput): CertificationDraft {
  const { verdict, reasons } = judge(evidence, incidents);
  const draft = { run, verdict, reasons, evidence, incidents: [...incidents], links };
  return { ...draft, comment: commentOf(draft) };
}

function judge(
  evidence: CertificationDraft['evidence'],
  incidents: readonly Incident[],
): Pick<CertificationDraft, 'verdict' | 'reasons'> {
  const { layers, badLayers, unknownLayers, status, closed, failed, absent, unknown, kept, source } =
    evidence;
  const badShare = layers > 0 ? badLayers / layers : 0;
  const bad = `${badLayers} of ${layers} layers bad (${percent(badShare)})`;
  if (layers > 0 && badShare >= badLayerShares.critical) return { verdict: 'bad', reasons: [bad] };
  const loud = incidents.filter(
    ({ severity, state }) => severity === 'critical' && standingOfState[state] === 'new',
  );
  const doubts = [
    status === 'ERROR' ? 'the run could not be fetched in full' : null,
    layers === 0 ? 'nothing of the run was scored' : null,
    closed ? null : 'the run still grows at the source',
    source === 'real'
      ? null
      : source === null
        ? 'it is not known where the hits come from'
        : `the hits are ${source}`,
    failed > 0 ? `${counted(failed, 'chamber')} could not be fetched` : null,
    absent > 0 ? `${counted(absent, 'chamber')} ${absent === 1 ? 'is' : 'are'} absent at the source` : null,
    unknown > 0 ? `of ${counted(unknown, 'chamber')} nothing can be said` : null,
    kept > 0 ? `of ${counted(kept, 'chamber')} the source shows less than before` : null,
    badShare >= badLayerShares.warning ? bad : null,
    layers > 0 && unknownLayers / layers >= unknownShare
      ? `${unknownLayers} of ${layers} layers have too few hits for a verdict`
      : null,
    loud.length > 0
      ? `${loud.length} critical incident${loud.length > 1 ? 's' : ''} that nobody has acknowledged`
      : null,
  ].filter((doubt) => doubt !== null);
  if (doubts.length > 0) return { verdict: 'not-sure', reasons: doubts };
  return { verdict: 'good', reasons: [bad] };
}

function commentOf({
  run,
  verdict,
  reasons,
  evidence,
  incidents,
  links,
}: Omit<CertificationDraft, 'comment'>): string {
  const notable = incidents.filter(({ severity }) => severity !== 'info');
  return [
    `Run ${run}, DT occupancy: ${verdict.replace('-', ' ').toUpperCase()} (draft, not signed)`,
    ...reasons.map((reason) => `- ${reason}`),
    `Judged by ${evidence.model ?? 'nobody'}: ${evidence.judged} of ${evidence.expected} chambers, ${evidence.bad} bad, ${evidence.dead} dead; ${evidence.layers} layers, ${evidence.badLayers} bad, ${evidence.unknownLayers} unknown.`,
    notable.length === 0 ? 'No incident of note.' : `Incidents (${notable.length}):`,
    ...notable.map(
      (incident) =>
        `- #${incident.incident} [${incident.state}] ${incident.kind}: ${placeOf(incident)}; ${evidenceOf(incident)}`,
    ),
    ...links.map(({ text, url }) => `${text}: ${url}`),
    'Checked by: ____________________  Date: __________',
  ].join('\n');
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

/** Where an incident is, as people say it, e.g. `W-2 MB1 S03, layers 9-12, wires 5-9`. */
export function placeOf({ chamber, layers, wires }: Incident): string {
  if (layers.length === 0) return chamber;
  const where = `${layers.length > 1 ? 'layers' : 'layer'} ${formatRanges(layers)}`;
  if (wires === null) return `${chamber}, ${where}`;
  return `${chamber}, ${where}, ${wires.first === wires.last ? `wire ${wires.first}` : `wires ${wires.first}-${wires.last}`}`;
}

/** What an incident rests on, in a few words. */
export function evidenceOf({ kind, evidence, firstRun, lastRun }: Incident): string {
  const { score, ratio, sightings, flickers, note = '' } = evidence;
  return [
    ratio === null ? null : kind === 'coverage' ? note : `${Math.round(ratio * 100)} % of the expected hits`,
    score === null ? null : `P(bad) ${score.toFixed(2)}`,
    `seen in ${sightings} runs, ${firstRun} to ${lastRun}`,
    flickers ? 'comes and goes' : null,
  ]
    .filter((part) => part !== null)
    .join(', ');
}

/**
 * What people said of it, in a few words; empty when nobody did.
 *
 * @param written makes of their names and reasons what the form asks for.
 */
export function saidOf(
  { acknowledgedBy, shelf, knownBad }: Incident,
  written: (text: string) => string = (text) => text,
): string {
  return [
    knownBad ? 'known to be bad' : null,
    shelf === null
      ? null
      : `shelved by ${written(shelf.owner)} until ${shelf.until.slice(0, 16)}Z: ${written(shelf.reason)}`,
    acknowledgedBy === null ? null : `acknowledged by ${written(acknowledgedBy)}`,
  ]
    .filter((part) => part !== null)
    .join('; ');
}

/** Where to look at a run: the API's own page, and the dashboard where Grafana's address is known. */
export function runLinks(run: number, grafanaUrl: string | undefined): CertificationDraft['links'] {
  return [
    { text: 'Run', url: `/eval/${run}` },
    ...(grafanaUrl === undefined
      ? []
      : [
          {
            text: 'Dashboard',
            url: `${grafanaUrl.replace(/\/$/, '')}/d/${dashboardUids.overview}?var-run=${run}`,
          },
        ]),
  ];
}
