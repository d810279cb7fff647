import type { Incident, IncidentState } from '@dtdqm/contract';

/** How loud an incident is: what nobody has seen yet comes first, what is over comes last. */
export const standings = ['new', 'open', 'acknowledged', 'shelved', 'healed'] as const;
export type Standing = (typeof standings)[number];

/** In words, and the sign that says the same where colour does not reach. */
export const standingSigns: Record<Standing, { title: string; glyph: string }> = {
  new: { title: 'New', glyph: '▲' },
  open: { title: 'Open', glyph: '△' },
  acknowledged: { title: 'Acknowledged', glyph: '✓' },
  shelved: { title: 'Shelved', glyph: '⏸' },
  healed: { title: 'Healed', glyph: '○' },
};

const standingOfState: Record<IncidentState, Standing> = {
  new: 'new',
  grown: 'new',
  open: 'open',
  shrunk: 'open',
  acknowledged: 'acknowledged',
  'known-bad': 'acknowledged',
  shelved: 'shelved',
  healed: 'healed',
};

export function standingOf({ state }: Pick<Incident, 'state'>): Standing {
  return standingOfState[state];
}

export interface IncidentGroup {
  standing: Standing;
  incidents: readonly Incident[];
}

/** Incidents by how loud they are, each group in the order in which it came (the worst first); empty groups are left out. */
export function groupsOf(incidents: readonly Incident[]): IncidentGroup[] {
  return standings
    .map((standing) => ({
      standing,
      incidents: incidents.filter((incident) => standingOf(incident) === standing),
    }))
    .filter(({ incidents: members }) => members.length > 0);
}
