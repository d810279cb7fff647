import type { ModelToWrite } from '@dtdqm/detector';
import { selectBackend } from '@dtdqm/detector/engine';
import type { Example } from '@dtdqm/lab/training/examples';
import { defaultTraining, trainDetector } from '@dtdqm/lab/training/trainDetector';

/** Much less than for a model that is shipped: labels are added to what is known, in a minute or so. */
const quick = { runs: 60, epochs: 15 };

/** Trains the shipped architecture on labels and simulation, on WebAssembly, so that weights are the same everywhere. */
export function trainCandidate(
  settings: { seed?: number; runs?: number; epochs?: number } = {},
  onStage?: (stage: string) => void,
): (examples: readonly Example[], version: string) => Promise<ModelToWrite> {
  return async (examples, version) => {
    await selectBackend('wasm');
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
    return trainDetector(
      { ...defaultTraining, ...quick, ...given, version, commit: null, createdAt: new Date().toISOString() },
      examples,
      onStage === undefined ? {} : { onStage },
    );
  };
}
