import type { IncidentKind, Severity } from '@dtdqm/contract';

/** Wires lost from which an incident is critical: about two whole layers of a chamber. */
const criticalLoss = 100;
/** From which it is a warning: half a front-end board in all four layers, or eight cells that tracks lean on. */
const warningLoss = 8;

/** How bad an incident is: by the wires lost, whatever took them. */
export function severityOf(kind: IncidentKind, lost: number): Severity {
  if (kind === 'dead-chamber' || lost >= criticalLoss) return 'critical';
  // What the detector calls bad without saying why deserves a look, however little seems to be missing.
  return lost >= warningLoss || kind === 'unnamed' ? 'warning' : 'info';
}
