import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Group } from 'h5wasm';
import { File, ready } from 'h5wasm/node';
import { selectBackend, Network, original47 } from '@dtdqm/detector/engine';
import {
  modelFormat,
  modelLabel,
  type ModelMetadata,
  ModelError,
  writeModelFolder,
  type WeightSpec,
  type Topology,
} from '@dtdqm/detector';

export interface ImportedModel {
  /** `<name>@<version>`. */
  readonly label: string;
  readonly weights: number;
}

/**
 * Turns a Keras HDF5 file of the original architecture into a model folder. The file says nothing of how the network is
 * to be used, so that is stated here: preprocessing `original-47`, output 1 means bad, bad from 0.5.
 *
 * @throws {ModelError} when the file is not such a model or `folder` is not free.
 */
export async function importKeras(path: string, folder: string): Promise<ImportedModel> {
  const keras = await readKeras(path);
  await selectBackend();
  try {
    const network = await Network.load(keras.topology, keras.specs, keras.weights, original47.inputs);
    network.dispose();
  } catch (cause) {
    throw new ModelError(`${path} is not of the original architecture: ${(cause as Error).message}`, {
      cause,
    });
  }
  const metadata = metadataFor(path);
  await writeModelFolder(folder, { ...keras, metadata, readme: importedModelCard(metadata, keras.specs) });
  return { label: modelLabel(metadata), weights: keras.weights.length };
}

function metadataFor(path: string): ModelMetadata {
  const file = basename(path);
  const words = file
    .replace(/\.[^.]*$/, '')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return {
    format: modelFormat,
    name: words.filter(Boolean).join('-') || 'imported',
    version: '1',
    description: `Imported from the Keras file ${file}.`,
    preprocessing: { name: original47.name },
    saliency: { method: 'integrated-gradients' },
    calibration: { temperature: 1, offset: 0 },
    thresholds: { bad: 0.5 },
    data: { source: `unknown: the Keras file ${file} does not say`, simulated: null },
    seeds: [],
    metrics: {},
    commit: null,
    createdAt: new Date().toISOString(),
  };
}

export interface KerasModel {
  readonly topology: Topology;
  readonly specs: readonly WeightSpec[];
  readonly weights: Float32Array;
}

/** Every HDF5 file begins with these bytes. */
const signature = Buffer.from([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]);

/**
 * Reads topology and weights of a model that Keras 2 saved as HDF5 (`model.save('x.h5')`).
 *
 * @throws {ModelError} when the file is not HDF5 or holds no whole Keras model.
 */
export async function readKeras(path: string): Promise<KerasModel> {
  await refuseOtherFiles(path);
  await ready;
  const file = new File(path, 'r');
  try {
    const config = textAttribute(file, 'model_config', path);
    const weights = file.get('model_weights');
    if (!weights || !('keys' in weights))
      throw new ModelError(`${path} holds no model_weights: save the whole model`);
    return { topology: JSON.parse(config) as Topology, ...weightsOf(weights as Group, path) };
  } catch (cause) {
    if (cause instanceof ModelError) throw cause;
    throw new ModelError(`${path} cannot be read as a Keras model: ${(cause as Error).message}`, { cause });
  } finally {
    file.close();
  }
}

async function refuseOtherFiles(path: string): Promise<void> {
  const first = Buffer.alloc(signature.length);
  try {
    const file = await open(path, 'r');
    try {
      await file.read(first, 0, first.length, 0);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new ModelError(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
  if (!first.equals(signature)) throw new ModelError(`${path} is not an HDF5 file`);
}

function textAttribute(group: Group, name: string, path: string): string {
  const value = group.attrs[name]?.value;
  if (typeof value !== 'string')
    throw new ModelError(`${path} is HDF5 but not a Keras model: it has no ${name}`);
  return value;
}

/** Weights in the order in which Keras lists layers and their weights, which is the order of the topology. */
function weightsOf(group: Group, path: string): Pick<KerasModel, 'specs' | 'weights'> {
  const specs: WeightSpec[] = [];
  const values: number[] = [];
  for (const layer of names(group, 'layer_names')) {
    const own = group.get(layer) as Group;
    for (const name of names(own, 'weight_names')) {
      const dataset = own.get(name);
      const value = dataset && 'value' in dataset ? dataset.value : undefined;
      if (!(value instanceof Float32Array)) throw new ModelError(`${path}: weight ${name} is not float32`);
      specs.push({
        name: `${layer}/${name.split('/').at(-1)!.replace(/:0$/, '')}`,
        shape: (dataset as { shape: number[] }).shape,
      });
      for (const item of value) values.push(item);
    }
  }
  return { specs, weights: Float32Array.from(values) };
}

function names(group: Group, attribute: string): string[] {
  const value = group.attrs[attribute]?.value;
  return Array.isArray(value) ? value.map(String) : [];
}

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
