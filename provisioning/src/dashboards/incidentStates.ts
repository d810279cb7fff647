import { texts } from '../model/field.ts';

/** States of an incident as they read in tables: new is loud, known is muted, healed is quiet. */
export const incidentStates = texts({
  new: { text: '● new', as: 'loud' },
  grown: { text: '▲ grown', as: 'loud' },
  open: { text: 'open', as: 'warning' },
  shrunk: { text: '▼ shrunk', as: 'muted' },
  acknowledged: { text: '✓ acknowledged', as: 'muted' },
  shelved: { text: 'shelved', as: 'muted' },
  'known-bad': { text: 'known bad', as: 'muted' },
  healed: { text: 'healed', as: 'quiet' },
});
