import { tones } from '@dtdqm/contract';
import { stat } from '../model/kinds.ts';
import { steps } from '../model/panel.ts';

/** The detector in the run that is chosen, in one row. */
export const state = 'reporting.detector_state(${run})';

/** How the detector stands, in the line that every surface says. */
export const headline = stat({
  w: 24,
  h: 4,
  title: 'The detector',
  untitled: true,
  description:
    'How it stands in the run shown. No colour only when every chamber is judged and good or answered for, and the data are fresh and real; red when a fault is new or unconfirmed; orange when it is not known that all is well.',
  // The name of the series is what stands there, its number the colour.
  queries: [
    {
      format: 'time_series',
      sql: `
      select now() as time, case tone ${tones.map((tone, n) => `when '${tone}' then ${n}`).join(' ')} end as tone, headline as metric
      from ${state}
      `,
    },
  ],
  text: 'name',
  // Two lines of it fit at 1366x768, one at 1920x1080; of a size of its own choice Grafana breaks the line, and cuts both.
  size: 38,
  thresholds: steps({ from: 1, as: 'warning' }, { from: 2, as: 'loud' }),
  loud: true,
  noValue: 'no answer from the database',
});

/** Why it is not known that all is well, beside faults. */
export const doubts = stat({
  w: 24,
  h: 2,
  title: 'What is not known',
  untitled: true,
  description:
    'Why it is not known that all is well, beside faults: chambers that are not judged, a source that does not answer, an old or simulated run.',
  queries: [
    {
      sql: `
      select coalesce(nullif(array_to_string(doubts, '; '), ''), 'every chamber is judged, the data are fresh and real') as doubts
      from ${state}
      `,
    },
  ],
  field: '/doubts/',
  size: 24,
  // Also what stands there when the query fails.
  noValue: 'no answer from the database',
});
