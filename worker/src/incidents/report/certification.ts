import type { CertificationDraft, Incident } from '@dtdqm/contract';
import { evidenceOf, placeOf } from './describe.ts';

/**
 * Shares of all layers from which a run is called bad, or left to people. A quarter of a wheel is 0.05 of the layers; the
 * known-bad ones of a healthy detector are about 0.01. The alert rules use the same numbers (provisioning/src/thresholds.ts).
 */
const shares = { bad: 0.08, notSure: 0.03, unknown: 0.2 };

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
  const { layers, badLayers, unknownLayers, status, closed, failedChambers, absentChambers } = evidence;
  const badShare = layers > 0 ? badLayers / layers : 0;
  const bad = `${badLayers} of ${layers} layers bad (${percent(badShare)})`;
  if (layers > 0 && badShare >= shares.bad) return { verdict: 'bad', reasons: [bad] };
  const loud = incidents.filter(
    ({ severity, state }) => severity === 'critical' && ['new', 'grown', 'open'].includes(state),
  );
  const doubts = [
    status === 'ERROR' ? 'the run could not be had in full' : null,
    layers === 0 ? 'nothing of the run was scored' : null,
    closed ? null : 'the run still grows at the source',
    failedChambers > 0 ? `${failedChambers} chambers could not be fetched` : null,
    absentChambers > 0 ? `${absentChambers} chambers are absent at the source` : null,
    badShare >= shares.notSure ? bad : null,
    layers > 0 && unknownLayers / layers >= shares.unknown
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
    `Judged by ${evidence.model ?? 'nobody'}: ${evidence.layers} layers, ${evidence.badLayers} bad, ${evidence.unknownLayers} unknown.`,
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
