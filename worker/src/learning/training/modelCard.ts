import type { ModelMetadata } from '../../scoring/model/metadata.ts';

/** README.md of a model folder made by `dtdqm train`. */
export function detectorCard({
  name,
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

- Preprocessing \`shape-and-rate-1\`: 29 features per layer. They weigh the layer against its three siblings, against the smooth
  profile of its superlayer, against the chamber's other superlayers and, when given, against recent good runs; each with its
  counting error and the scatter that the chamber itself shows.
- Network: dense, one output; the score is sigmoid(logit / ${calibration.temperature.toFixed(3)} + ${calibration.offset.toFixed(3)}), calibrated on held-out runs.
- Verdict: bad from ${thresholds.bad} on; below ${thresholds.unknownBelowHits} expected hits per wire bad from ${thresholds.badWhenFewHits} on and otherwise
  unknown; otherwise good.

## Measured on simulated runs that training did not see

| figure | value |
| --- | --- |
${rows.join('\n')}

The simulated chambers vary more than real ones on purpose, and their faults include some that are hardly visible, so these figures
are lower than those on real chambers.

![loss](loss.svg)

## What it does not call bad

Single dead cells, two dead neighbours, single noisy cells: they are listed as faults, and the layer stays good. Superlayer-wide
steps down to two thirds, which healthy theta superlayers show.

## Limits and failure modes

- A chamber that is low as a whole, every layer alike, looks healthy unless recent good runs are given; one without any hit
  is \`unknown\` without them, as a run without beam looks the same.
- Weak regions common to all four layers of a superlayer are seen below about half of the normal level only.
- In MB4 there are two superlayers: when one is low, which one is told by which lies below the other; a superlayer
  that counts twice too much would make the other look weak.
- A layer that loses 15 % or less is within what healthy layers differ by when few hits are there.
- Where layers of one superlayer differ by 5 % (sd) though healthy, 2 % of them are called bad; real ones differ by about 3 %.
- Beyond 1,500 hits per wire a chamber is judged as if it had 1,500: more say nothing that healthy wires do not differ by.
- Three neighbouring dead cells are a toss-up on purpose: experts differ.

Made with \`dtdqm train --seed ${seeds.join(',')}\`; the WebAssembly backend gives the same weights again.
`;
}
