import { featureCount } from '../features/features.ts';
import type { ModelMetadata } from '../model/modelFolder.ts';
import type { EpochReport } from './fit.ts';
import { drawLines } from './lineChart.ts';

/** README.md of a model folder made by `dtdqm train`. */
export function detectorCard({
  name,
  preprocessing,
  version,
  metrics,
  thresholds,
  calibration,
  data,
  seeds,
}: ModelMetadata): string {
  const rows = Object.entries(metrics).map(([metric, value]) => `| ${metric} | ${value} |`);
  return `# ${name}@${version}

Says of each layer of a DT chamber how probable it is that an expert calls it bad. Training data: ${data.source}.

## Use

- Preprocessing \`${preprocessing.name}\`: ${featureCount} features per layer. They weigh the layer against its three siblings, against the smooth
  profile of its superlayer, against the chamber's other superlayers and, when given, against good runs before, whose lengths
  should be given, too; each with its counting error and the scatter that the chamber itself shows.
- Network: dense, one output; the score is sigmoid(logit / ${calibration.temperature.toFixed(3)} + ${calibration.offset.toFixed(3)}), calibrated on held-out runs.
- Verdict: bad from ${thresholds.bad} on, with good runs before from ${thresholds.badWithPast ?? thresholds.bad} on
  (${thresholds.badWithOneRun ?? thresholds.bad} with one run, ${thresholds.badWhenScattered ?? thresholds.bad} where all layers of the chamber differ by more than real ones do); below ${thresholds.unknownBelowHits} expected hits per wire bad from ${thresholds.badWhenFewHits} on and otherwise
  unknown; otherwise good.

## Measured on simulated runs that training did not see

| figure | value |
| --- | --- |
${rows.join('\n')}

The simulated chambers vary more than real ones on purpose, and their faults include some that are hardly visible, so these figures
are lower than those on real chambers.

![loss](loss.svg)

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
