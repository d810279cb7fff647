import { basename } from 'node:path';
import { modelFormat, modelLabel, type ModelMetadata, ModelError, writeModelFolder } from '@dtdqm/detector';
import { selectBackend, Network, original47 } from '@dtdqm/detector/engine';
import { importedModelCard } from './importedModelCard.ts';
import { readKeras } from './readKeras.ts';

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
