import { allChambers, superlayersOf } from '@dtdqm/contract';
import { sumOf } from '@dtdqm/contract/numbers';
import { z } from 'zod';
import { classicDialect } from '@dtdqm/worker/dqm/dialects';
import { SimulatedDetector } from '@dtdqm/simulator/sources';
import { cellsOf, classicHistogram } from '../../simulator/src/server/histograms.ts';
import { machine, sideBySide, tableOf, type Way } from '../harness.ts';
import { startPythonParser } from './pythonParser.ts';

/**
 * How long the replies of one run take to be read, beside other ways to read them: `npx tsx bench/pipeline/parsing.ts [rounds]`.
 * Prints Markdown. "Ours" is all that the client does with a reply once it has its text: failures that come as status 200, JSON,
 * every cell checked, rows of layers that were never built.
 */
const rounds = Number(process.argv[2] ?? 30);
const run = 380_001;
const detector = new SimulatedDetector({ runs: 1, firstRun: run });
const replies = allChambers.map((chamber) => {
  const matrix = detector.chamber(run, chamber);
  if (matrix === undefined) throw new Error('the simulated run is not there');
  return { chamber, text: classicHistogram(chamber, cellsOf(matrix)) };
});
const megabytes = sumOf(replies, ({ text }) => text.length) / 1e6;
const layers = sumOf(allChambers, ({ station }) => 4 * superlayersOf(station).length);

const replySchema = z.object({
  hist: z.object({
    type: z.string(),
    bins: z.object({ content: z.array(z.array(z.number().int().min(-1))).length(12) }),
  }),
});
type Parsed = z.infer<typeof replySchema>;

const ways: Way[] = [
  {
    what: 'ours: JSON.parse and every check',
    work: () =>
      replies.map(({ chamber, text }) =>
        classicDialect.parseHistogram(
          {
            status: 200,
            text,
            location: undefined,
            retryAfter: undefined,
            date: undefined,
          },
          'http://127.0.0.1/',
          { run, chamber },
        ),
      ),
  },
  {
    what: 'JSON.parse alone, nothing checked: the floor',
    work: () => replies.map(({ text }) => (JSON.parse(text) as Parsed).hist.bins.content),
  },
  {
    what: 'JSON.parse and a zod schema of the whole reply',
    work: () => replies.map(({ text }) => replySchema.parse(JSON.parse(text)).hist.bins.content),
  },
  {
    what: 'JSON.parse and nested lists a layer each, as the original tool keeps them',
    work: () =>
      replies.flatMap(({ chamber, text }) =>
        (JSON.parse(text) as Parsed).hist.bins.content.map((row, y) => ({
          ...{ ...chamber, layer: y + 1 },
          content: JSON.stringify(row.filter((hits) => hits >= 0)),
        })),
      ),
  },
];
const python = startPythonParser(replies.map(({ text }) => text));
if (python !== null)
  ways.push({ what: "Python's json.loads alone, as the original tool calls it", work: python.parse });

const timed = await sideBySide(ways, rounds);
python?.stop();
process.stdout.write(
  [
    `${replies.length} replies of one run, ${megabytes.toFixed(2)} MB, ${layers} layers; ${rounds} rounds. ${machine()}${python === null ? '; no python3 here' : ''}`,
    '',
    tableOf('one run', timed, {
      'layers/s': (median) => Math.round((1000 * layers) / median).toLocaleString('en'),
      'MB/s': (median) => ((1000 * megabytes) / median).toFixed(0),
    }),
  ].join('\n'),
);
