import { existsSync } from 'node:fs';
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import {
  ModelError,
  modelLabel,
  type ModelMetadata,
  type ModelToWrite,
  readModelFolder,
  writeModelFolder,
} from '@dtdqm/detector';
import { type CrossFitted, folds } from './crossFit.ts';

/** How a model came about that was adapted to labels, as it stands in its metadata. */
const adaptationSchema = z.object({
  /** The model whose weights it went on from, `<name>@<version>`. */
  from: z.string(),
  labelledLayers: z.object({ good: z.int(), bad: z.int() }),
  /** Limits of the siblings, which were taught without the labels of one fold each. */
  siblings: z.array(z.looseObject({ bad: z.number() }).catchall(z.number())).length(folds),
});
type AdaptationRecord = z.infer<typeof adaptationSchema>;

/** Null for a model that was trained from nothing. */
export function adaptationOf({ data }: ModelMetadata): AdaptationRecord | null {
  return data.adaptation === undefined ? null : adaptationSchema.parse(data.adaptation);
}

const siblingFile = (fold: number) => `without-fold-${fold}.bin`;

/** Writes a model that was adapted by labels, with its siblings. */
export async function writeCandidate(
  folder: string,
  from: string,
  { version, seed, createdAt }: { version: string; seed: number; createdAt: string },
  { weights, thresholds, siblings, taught }: CrossFitted,
): Promise<ModelToWrite> {
  const base = await readModelFolder(from);
  const adaptation: AdaptationRecord = {
    from: modelLabel(base.metadata),
    labelledLayers: taught,
    siblings: siblings.map((sibling) => sibling.thresholds),
  };
  const { name, description, data } = base.metadata;
  const candidate: ModelToWrite = {
    ...base,
    weights,
    metadata: {
      ...base.metadata,
      version,
      description,
      thresholds,
      data: { ...data, source: `${data.source}; adapted to labels of experts`, simulated: false, adaptation },
      seeds: [...base.metadata.seeds, seed],
      // Measured on the model that it went on from: of this one the report of the gate tells.
      metrics: {},
      commit: null,
      createdAt,
    },
    readme: `# ${name}@${version}

${adaptation.from}, adapted to ${taught.bad} bad and ${taught.good} good layers that experts labelled. Its network went on from those weights by small steps, on the
labels and on simulated chambers for which it was to keep its answers. What it is worth beside the model that was in use stands in the report of its
training (\`dtdqm model list\`, table \`model_act\`); its form, features and calibration are those of ${adaptation.from}.

The files \`without-fold-*.bin\` are weights of siblings that never saw the labels of one fifth of the runs (by number): by them the next candidate is
compared with this one on labels that neither saw.
`,
    extraFiles: Object.fromEntries(
      siblings.map((sibling, fold) => [siblingFile(fold), new Uint8Array(sibling.weights.slice().buffer)]),
    ),
  };
  await writeModelFolder(folder, candidate);
  return candidate;
}

/**
 * The folder of a model that never saw the labels of a fold: of its sibling, written into `scratch` once; of itself where it saw no labels at all.
 *
 * @throws {ModelError} when the sibling's weights are missing or of another size.
 */
export async function siblingFolder(folder: string, fold: number, scratch: string): Promise<string> {
  const model = await readModelFolder(folder);
  const adaptation = adaptationOf(model.metadata);
  if (adaptation === null) return folder;
  const target = path.join(scratch, `${path.basename(folder)}-without-${fold}`);
  if (existsSync(target)) return target;
  const file = path.join(folder, siblingFile(fold));
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new ModelError(`${folder} lacks ${siblingFile(fold)}, the weights of its sibling`, { cause });
  });
  if (bytes.byteLength !== model.weights.byteLength)
    throw new ModelError(`${file} has ${bytes.byteLength} bytes, weights.bin ${model.weights.byteLength}`);
  const weights = new Float32Array(new Uint8Array(bytes).buffer);
  const metadata = { ...model.metadata, thresholds: adaptation.siblings[fold]! };
  await writeModelFolder(target, { ...model, metadata, weights, readme: '' });
  return target;
}
