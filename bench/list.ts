export interface Bench {
  /** Also the name of its file in bench/results. */
  name: string;
  title: string;
  /** Program below bench, and its arguments. */
  command: readonly [file: string, ...args: string[]];
}

/** Every comparison and measurement, in the order of the report. One whose program does not exist yet is left out. */
export const benches: readonly Bench[] = [
  {
    name: 'ingest',
    title: 'One run end to end over loopback: fetch, parse, score, explain, store',
    command: ['pipeline/oneRun.ts', '6'],
  },
  {
    name: 'parsing',
    title: 'JSON parsing: replies of one run, beside other ways to read them',
    command: ['pipeline/parsing.ts', '60'],
  },
  {
    name: 'fetch-and-store',
    title: "Ingest: fetching and storing one run, beside the original's way",
    command: ['pipeline/ingest.ts', '7'],
  },
  {
    name: 'scoring',
    title: 'Scores and saliency beside the original call pattern and other runtimes',
    command: ['scoring/speed.ts'],
  },
  {
    name: 'labelling',
    title: 'Next chamber and label, twenty experts, beside a query over all and a bare row',
    command: ['api/labelling.ts', '1000', '4000'],
  },
  {
    name: 'transfer',
    title: 'Export and import of 100,000 labels, beside the shortest ways',
    command: ['api/transfer.ts', '100000'],
  },
  {
    name: 'sql',
    title: "The dashboards' statements, beside the same without summaries",
    command: ['sql/slowest.ts'],
  },
  {
    name: 'panels',
    title: 'Drawing of panels, beside the shortest ways',
    command: ['panels/drawing.ts', '500'],
  },
  {
    name: 'panels-labelling',
    title: 'Key press to next chamber, in a browser',
    command: ['panels/labelling.ts', '1000', '500'],
  },
  {
    name: 'panels-bad-line',
    title: 'Labels stored although the line is bad',
    command: ['panels/badLine.ts', '1000', '500'],
  },
  {
    name: 'active-learning',
    title: 'Labels needed, by strategy',
    command: ['active-learning/run.ts'],
  },
  {
    name: 'incidents',
    title: 'Incidents of a simulated week, beside the truth',
    command: ['incidents/week.ts', 'maple', 'birch', 'cedar', 'alder', 'rowan'],
  },
  {
    name: 'scale',
    title: 'Size and times by number of runs',
    command: ['scale/measure.ts', '0', '100', '1000', '4000'],
  },
];
