import { dashboardUids } from '../names.ts';

const time = '${__url_time_range}';

/** To the chamber that a table's row is about; it must have the columns wheel, station, sector and the named run. */
export function toChamberOfRow(run = 'run'): { title: string; url: string } {
  const field = (name: string) => '${__data.fields.' + name + '}';
  return {
    title: 'Open the chamber',
    url: `/d/${dashboardUids.chamber}?var-run=${field(run)}&var-wheel=${field('wheel')}&var-station=${field('station')}&var-sector=${field('sector')}&${time}`,
  };
}

/** To the overview of the run in a table's row. */
export const toRunOfRow = {
  title: 'Open the run',
  url: `/d/${dashboardUids.overview}?var-run=\${__data.fields.run}&${time}`,
};

/** Where a click in the barrel leads; the panel fills in the place. */
export const toChamberOfBarrel = `/d/${dashboardUids.chamber}?var-run=\${run}&var-wheel=\${wheel}&var-station=\${station}&var-sector=\${sector}`;
