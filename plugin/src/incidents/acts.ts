import type { Incident, IncidentAction } from '@dtdqm/contract';
import { standingOf } from './standing.ts';

/** What has to be said with an act before it can be done. */
export type ActNeeds = 'nothing' | 'comment' | 'shelf' | 'other' | 'part';

export interface ActBinding {
  action: IncidentAction;
  /** Key, as shown on the button. */
  key: string;
  label: string;
  needs: ActNeeds;
  /** Whether it makes sense for the incident as it is; the API has the last word. */
  fits: (incident: Incident) => boolean;
}

const isThere = (incident: Incident) => incident.state !== 'healed';
const act = (
  key: string,
  action: IncidentAction,
  label: string,
  needs: ActNeeds,
  fits: ActBinding['fits'],
): ActBinding => ({ key, action, label, needs, fits });

/** The one list from which keys and buttons are made. Of two acts on one key only one fits an incident at a time. */
export const actBindings: readonly ActBinding[] = [
  act('a', 'acknowledge', 'Acknowledge', 'nothing', (of) => ['new', 'open'].includes(standingOf(of))),
  act('a', 'unacknowledge', 'Take back', 'nothing', ({ state }) => state === 'acknowledged'),
  act('s', 'shelve', 'Shelve', 'shelf', (of) => isThere(of) && !of.shelf && !of.knownBad),
  act('s', 'unshelve', 'Unshelve', 'nothing', (of) => isThere(of) && of.shelf !== null),
  act('k', 'known-bad', 'Known bad', 'nothing', (of) => isThere(of) && !of.knownBad),
  act('k', 'not-known-bad', 'Not known bad', 'nothing', (of) => isThere(of) && of.knownBad),
  act('c', 'comment', 'Comment', 'comment', () => true),
  act('l', 'link', 'Link', 'other', () => true),
  act('m', 'merge', 'Merge', 'other', isThere),
  act('x', 'split', 'Split', 'part', (of) => isThere(of) && (of.layers.length > 1 || of.wires !== null)),
];

/** What can be done to an incident as it is now. */
export function actsFor(incident: Incident): ActBinding[] {
  return actBindings.filter(({ fits }) => fits(incident));
}

interface Press {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The act that a key stands for, or null. Presses with Ctrl, Alt or Meta belong to browser and Grafana. */
export function actOfKey({ key, ctrlKey, metaKey, altKey }: Press, incident: Incident): ActBinding | null {
  if (ctrlKey || metaKey || altKey) return null;
  return actsFor(incident).find((binding) => binding.key === key.toLowerCase()) ?? null;
}
