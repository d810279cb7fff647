import { featureCount } from '../features/features.ts';
import type { ModelMetadata } from '../model/modelFolder.ts';
import type { EpochReport } from './fit.ts';
import type { ReliabilityBin } from './quality.ts';
import { drawLines } from './lineChart.ts';

/** README.md of a model folder made by `dtdqm train`. */
export function detectorCard(
  { name, preprocessing, version, metrics, thresholds, calibration, data, seeds }: ModelMetadata,
  bins: readonly ReliabilityBin[] = [],
): string {
  const rows = Object.entries(metrics).map(([metric, value]) => `| ${metric} | ${value} |`);
  return `# ${name}@${version}

Says of each layer of a DT chamber how probable it is that an expert calls it bad. Training data: ${data.source}.

## Use

- Preprocessing \`${preprocessing.name}\`: ${featureCount} features per layer. They weigh the layer against its three siblings, against the smooth
  profile of its superlayer, against the chamber's other superlayers and, when given, against good runs before, whose lengths
  should be given, too; each with its counting error and the scatter that the chamber itself shows.
- Network: dense, one output; the score is sigmoid(logit / ${calibration.temperature.toFixed(3)} + ${calibration.offset.toFixed(3)}), calibrated on held-out runs.
- Verdict: bad from ${thresholds.bad} on, with good runs before from ${thresholds.badWithPast ?? thresholds.bad} on, with one from ${thresholds.badWithOneRun ?? thresholds.bad} on;
  where all layers of the chamber differ by more than real ones do from ${thresholds.badWhenScattered ?? thresholds.bad} on; below ${thresholds.unknownBelowHits} expected hits per wire
  from ${thresholds.badWhenFewHits} on and otherwise unknown; otherwise good.
- Limits are set by one rule on simulated chambers that vary as real ones do, runs of 6 to 4,000 lumisections after runs of 50 to 2,000, and for scattered ones on such chambers: at most
  0.2 % of the healthy layers reach it, in all and in each range of hits per wire (2 to 5, to 20, more) by itself; below ${thresholds.unknownBelowHits} hits, where a short run has all its layers, one layer in two such runs.

## Measured on simulated runs that training did not see

| figure | value |
| --- | --- |
${rows.join('\n')}

The simulated chambers vary more than real ones on purpose, and their faults include some that are hardly visible, so these figures
are lower than those on real chambers.

Probabilities are measured on fresh chambers that vary as real ones do, of whose layers one in fifty is bad (\`calibrationError\`: expected calibration error;
\`worstBin\`: greatest distance of a bin with 30 layers or more; \`falseAlarms...\`: good layers with hits enough that are called bad):

| told | were bad | layers |
| --- | --- | --- |
${bins.map(({ probability, share, count }) => `| ${probability.toFixed(3)} | ${share.toFixed(3)} | ${count} |`).join('\n')}

![loss](loss.svg)

## How far healthy chambers vary in training, beside real ones

| what (sd unless stated) | real | as real (40 %) | wider (48 %) | rough (12 %) |
| --- | --- | --- | --- | --- |
| superlayer's level against the chamber's | 0.025 [1] | 0.025 | 0.03 | 0.055 |
| layer against its superlayer, counting taken off | 0.011 [2] | 0.011 | 0.014 | 0.022, some to 0.09 |
| wire against its column beside counting | below 0.02 [2] | 0.02 | 0.028 | 0.035 |
| columns about a smooth profile, variance over Poisson | 1.6 to 2.1 [2] | 1.4 to 1.7 | more | more |
| hits per wire at the edges over the mean | 0.8 to 1.1 [2] | 0.86 to 1.02 | 0.6 to 1.2 | 0.55 to 1.25 |
| superlayers with a readout group at another level | 1 of 54 [2] | 0.02 (theta 0.04) | 0.03 (theta 0.06) | 0.03 (theta 0.06) |
| dead cells in a layer, mean | 0.11 [2] | 0.1 | 0.12 | 0.12 |
| from run to run: superlayer beside the others | below 0.01 [3] | 0.03 | 0.03 | 0.03 |
| slope and arch of a superlayer | 0.03 phi, 0.13 theta [3] | 0.04 | 0.04 | 0.04 |
| chamber beside the others of the run | not measured | 0.08 | 0.08 | 0.08 |

[1] theta over phi of run 302635 by wheel and station scatters by 0.036 (lowest of 144: 0.85), that is 0.025 each. [2] 18 recorded chambers of runs 272011 to 302635,
\`lab/src/calibration/compareSpread.ts\`. [3] one chamber (wheel -2, MB1, sector 2) in runs 272011 and 302634, a year apart.

## What it does not call bad

Single dead cells, two dead neighbours, single noisy cells, layers or regions that count too much: they are listed as faults, and the layer stays
good. Readout groups of a superlayer down to two thirds, which healthy theta superlayers show.

## Limits and failure modes

- A chamber that is low as a whole, every layer alike, looks healthy to the network unless good runs before are given with their lengths.
  The judge beside it compares whole chambers with the others of the run (detector/README.md); alone, one without any hit is \`unknown\`.
- A superlayer alone is seen below about three quarters of what the chamber's others tell, a board below about half; with good runs before
  from 85 % and 60 % on. What sinks so slowly that all runs of the past that are given have sunk with it is not seen by them.
- A past that was counted under other conditions (cosmic rays, another field) may make healthy chambers look changed: training had
  levels of chambers off by 8 %, of superlayers by 3 % and smooth shapes by 4 % (sd), no more.
- In MB4 there are two superlayers: when one is low, which one is told by which lies below the other; a superlayer
  that counts twice too much would make the other look weak.
- A layer that loses 15 % or less is within what healthy layers differ by when few hits are there.
- Where layers of a chamber differ by more than the 3 % (sd) of real ones, a layer is called weak only when it differs by more
  than its neighbours do: at 8 % a layer at 70 % is found half of the time.
- Beyond 1,500 hits per wire a chamber is judged as if it had 1,500: more say nothing that healthy wires do not differ by.
- Three neighbouring dead cells are a toss-up on purpose: experts differ.

Made with \`dtdqm train --seed ${seeds.join(',')}\`; the WebAssembly backend gives the same weights again.
`;
}

/** SVG of loss by epoch, training and held out; the epoch that was kept is marked. */
export function lossCurves(history: readonly EpochReport[], kept: number): string {
  return drawLines({
    title: 'Loss by epoch',
    x: 'epoch',
    y: 'cross entropy',
    logarithmicY: true,
    mark: kept,
    lines: [
      { name: 'training', points: history.map(({ epoch, loss }) => [epoch, loss]) },
      { name: 'held-out runs', points: history.map(({ epoch, heldOutLoss }) => [epoch, heldOutLoss]) },
    ],
  });
}
