import { steps, barrel, incidents } from '../model/panel.ts';
import { dashboard, toChamberOfBarrel, placeVariables, runVariable } from '../model/dashboard.ts';
import { stat } from '../model/kinds.ts';
import { dashboardUids } from '@dtdqm/contract';
import { thresholds } from '../vocabulary.ts';
import { doubts, headline, state } from './headline.ts';
import { live, newestChanges } from './live.ts';

/**
 * For the wall: one glance, one screen. 27 rows of the grid are what 1920x1080 shows in kiosk mode. What is said comes from
 * reporting.detector_state and reporting.chamber_states; here it gets a place and a colour.
 */
export const overview = dashboard({
  name: 'overview',
  title: 'DT overview',
  description:
    'Wall display: how the detector stands in one line, what is not known, the barrel, and the incidents. For a wall add ?kiosk to the address.',
  variables: [runVariable, ...placeVariables().map((variable) => ({ ...variable, hide: 2 }))],
  from: 'now-6h',
  refresh: '30s',
  rows: [
    [headline],
    [doubts],
    [
      stat({
        w: 24,
        h: 2,
        title: 'In figures',
        untitled: true,
        description:
          'Incidents that nobody has answered, chambers with a fault seen once, incidents that somebody has answered; chambers that are bad, dead as a whole or not judged in this run; how long ago it was stored.',
        queries: [
          {
            sql: `
            select "new" as "New", unconfirmed as "Unconfirmed", acknowledged + shelved as "Answered", bad as "Bad chambers", dead as "Dead chambers",
                   expected - judged as "Not judged", extract(epoch from now() - stored_at) as "Stored, ago"
            from ${state}
            `,
          },
        ],
        text: 'value_and_name',
        loud: true,
        noValue: 'not known',
        columns: [
          { name: 'New', thresholds: steps({ from: 1, as: 'loud' }) },
          { name: 'Unconfirmed', thresholds: steps({ from: 1, as: 'loud' }) },
          { name: 'Not judged', thresholds: steps({ from: 1, as: 'warning' }) },
          {
            name: 'Stored, ago',
            unit: 's',
            decimals: 0,
            thresholds: steps({ from: thresholds.staleMinutes.warning * 60, as: 'warning' }),
            links: [{ title: 'Operations', url: `/d/${dashboardUids.operations}` }],
          },
        ],
      }),
    ],
    [
      barrel({
        w: 16,
        h: 19,
        title: 'Barrel',
        description:
          'All 250 chambers in the run. A new fault is loud, also one that this run does not show; an answered one is muted; a chamber that cannot be judged is hatched, an absent one empty. Click to open a chamber.',
        queries: [
          {
            refId: 'chambers',
            sql: `
            select run, wheel, station, sector, chamber, condition, standing, in_run, kind, bad_layers, worst_score as score, hits, since_run
            from reporting.chamber_states where run = reporting.run_or_newest(\${run})
            order by wheel, station, sector
            `,
          },
        ],
        // The headline and what is not known stand above.
        options: { link: toChamberOfBarrel, showHeadline: false },
      }),
      [
        live({ w: 8, h: 2, size: 22 }),
        incidents({
          w: 8,
          h: 11,
          title: 'Incidents',
          description:
            'New ones first. Enter or a click opens one; acknowledge, shelve or mask it by one key each, which needs the role Editor.',
          options: { link: toChamberOfBarrel },
        }),
        newestChanges({ w: 8, h: 6 }),
      ],
    ],
  ],
});
