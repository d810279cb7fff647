import { modelLabel, type ModelMetadata, type WeightSpec } from '@dtdqm/detector';

/** README.md of an imported model: what is known, and that the rest is not. */
export function importedModelCard(metadata: ModelMetadata, specs: readonly WeightSpec[]): string {
  const rows = specs.map(({ name, shape }) => `| \`${name}\` | ${shape.join(' x ')} |`);
  return [
    `# ${modelLabel(metadata)}`,
    '',
    metadata.description,
    '',
    '## Use',
    '',
    `Preprocessing \`${metadata.preprocessing.name}\`; one sample is one layer; output 1 is "bad". A layer is called bad from`,
    `P(bad) = ${metadata.thresholds.bad}. That limit is the usual one and was not tuned.`,
    '',
    '## Limits',
    '',
    'The preprocessing divides a layer by its own maximum. A dead layer, a layer at lowered voltage and whatever else changes',
    'only the rate cannot be seen; a single noisy cell flattens its layer and can be called bad.',
    '',
    'What it was trained on, and how well it did, is not in the file: `metadata.json` says "unknown".',
    '',
    '## Weights',
    '',
    '| name | shape |',
    '| --- | --- |',
    ...rows,
    '',
  ].join('\n');
}
