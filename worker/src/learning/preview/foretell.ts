import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { formatChamber, type ChamberId, type ChangedVerdicts, type LabelPreview } from '@dtdqm/contract';
import { loadModel, selectBackend, type LoadedModel } from '@dtdqm/detector/engine';
import { modelLabel, readModelFolder, type ScorerInput } from '@dtdqm/detector';
import {
  asLessons,
  joinSamples,
  byChamber,
  defaultAdaptation,
  judgeScores,
  mayDiffer,
  networkScores,
  seeChambers,
  type Adaptation,
  type AdaptationSettings,
  type LayersSaid,
  type Samples,
  type SeenChambers,
  type TaughtModel,
} from '@dtdqm/detector/training';
import { inputsInStoredRun, inputsOfStoredRun } from '../../pipeline/reevaluate.ts';
import type { Database } from '../../storage/database.ts';
import { labelledChambers, type LabelledChamber } from '../../storage/labels/read.ts';
import { labelsSince, runsToSee, type RunToSee } from '../../storage/preview.ts';
import { injectedLessons, teachAll, type Lesson } from '../retrain/crossFit.ts';
import { byRun, judgedLayers, type LabelledLayer } from '../retrain/judgeModels.ts';
import { folderInUse, folderOfBase, mostLabelled, mostListed, openAdaptation } from '../retrain/retrain.ts';
import { fewestBad, recentRuns } from './words.ts';

export interface ForetellOptions {
  database: Database;
  /** Model folder of the configuration; the program's default one when absent. */
  modelDirectory?: string | undefined;
  /** As runs are judged. */
  hotIsBad: boolean;
  /** {@link defaultAdaptation}, which is that of a retraining, unless set. */
  adaptation?: AdaptationSettings;
}

/** The models at hand: the one in use, which says what is, and the one that is taught, which is the same unless that one was adapted itself. */
interface Models {
  /** In use, `<name>@<version>`. */
  readonly model: string;
  readonly inUse: LoadedModel;
  readonly base: LoadedModel;
  readonly adaptation: Adaptation;
}

/** What a model says of seen chambers: its network alone, and its judge. */
interface Said {
  readonly network: readonly (readonly number[])[];
  readonly judged: readonly LayersSaid[];
}

interface SeenRun extends SeenChambers {
  readonly fetched: string;
  /** All chambers of the run; otherwise those that are labelled. */
  readonly isWhole: boolean;
  /** Place of each chamber, by {@link formatChamber}. */
  readonly places: ReadonlyMap<string, number>;
  readonly ids: readonly ChamberId[];
  readonly inUse: Said;
  readonly base: Said;
}

/**
 * Works out what the labels in force would do, by teaching the model as a retraining does, so that a candidate would say the same, and looking at the
 * newest runs with what came of it. No siblings are taught, nothing is judged by a gate, and no stored score or verdict changes. What models see
 * of runs and of simulation is kept, so that only the first time takes long.
 */
export class Foreteller {
  readonly #options: ForetellOptions;
  readonly #seen = new Map<number, SeenRun>();
  #models: Models | undefined;

  constructor(options: ForetellOptions) {
    this.#options = options;
  }

  /**
   * @throws {ModelError} when the model in use, or what it was adapted from, cannot be loaded.
   */
  async foretell(): Promise<LabelPreview> {
    const started = performance.now();
    const { database } = this.#options;
    const { newest: newestEvent } = await labelsSince(database, null);
    const labelled = await labelledChambers(database, mostLabelled);
    const given = countLabels(labelled);
    const { model, models } = await this.#open(given.bad >= fewestBad);
    const said = (taught: { good: number; bad: number }, doubted: number): Omit<LabelPreview, 'outlook'> => ({
      madeAt: new Date().toISOString(),
      seconds: (performance.now() - started) / 1000,
      model,
      newestEvent,
      labels: { chambers: labelled.length, ...taught, doubted },
    });
    if (!models || given.bad < fewestBad) return { ...said(given, 0), outlook: null };
    const recent = await this.#see(models, labelled);
    const { samples, lessons } = this.#lessons(labelled);
    const injected = await injectedLessons(database, models.adaptation, labelled, lessons);
    const teaching = { samples, lessons, injected };
    const { taught, doubted, ...taughtModel } = await teachAll(models.adaptation, teaching);
    if (taught.bad < fewestBad) return { ...said(taught, doubted.length), outlook: null };
    const outlook = await this.#outlook(models, taughtModel, labelled, recent);
    return { ...said(taught, doubted.length), outlook };
  }

  /** @param isWanted whether it is to be taught: simulated chambers are made for that, once for each model. */
  async #open(isWanted: boolean): Promise<{ model: string; models: Models | undefined }> {
    const { adaptation = defaultAdaptation } = this.#options;
    const scratch = await mkdtemp(path.join(tmpdir(), 'dtdqm-preview-'));
    try {
      const folder = await folderInUse(this.#options, scratch);
      const model = modelLabel((await readModelFolder(folder)).metadata);
      if (!isWanted || this.#models?.model === model) return { model, models: this.#models };
      const baseFolder = await folderOfBase(this.#options, folder, scratch);
      this.#forget();
      await selectBackend('wasm');
      const inUse = await loadModel(folder);
      this.#models = {
        model,
        inUse,
        base: baseFolder === folder ? inUse : await loadModel(baseFolder),
        adaptation: await openAdaptation(baseFolder, adaptation),
      };
      return { model, models: this.#models };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  }

  #forget(): void {
    this.#models?.adaptation.dispose();
    this.#models?.inUse.network.dispose();
    if (this.#models?.base !== this.#models?.inUse) this.#models?.base.network.dispose();
    this.#models = undefined;
    this.#seen.clear();
  }

  /** Looks at all recent runs, and at what is labelled in others, as far as it was not seen before. @returns the recent ones. */
  async #see(models: Models, labelled: readonly LabelledChamber[]): Promise<RunToSee[]> {
    const ofRuns = byRun(labelled);
    const wanted = await runsToSee(this.#options.database, recentRuns, [...ofRuns.keys()]);
    for (const run of this.#seen.keys()) if (!wanted.some((each) => each.run === run)) this.#seen.delete(run);
    for (const { run, fetched, isRecent } of wanted) {
      const known = this.#seen.get(run);
      const own = ofRuns.get(run) ?? [];
      const isThere = ({ chamber }: LabelledChamber) => known?.places.has(formatChamber(chamber));
      if (known?.fetched === fetched && own.every(isThere) && (known.isWhole || !isRecent)) continue;
      const inputs = await this.#inputs(run, isRecent ? null : own);
      this.#seen.set(run, { ...this.#seeRun(models, inputs), fetched, isWhole: isRecent });
    }
    return wanted.filter(({ isRecent }) => isRecent);
  }

  #inputs(run: number, own: readonly LabelledChamber[] | null): Promise<ScorerInput[]> {
    const { database } = this.#options;
    return own === null ? inputsOfStoredRun(database, run) : inputsInStoredRun(database, run, own);
  }

  #seeRun({ inUse, base }: Models, inputs: readonly ScorerInput[]): Omit<SeenRun, 'fetched' | 'isWhole'> {
    const seen = seeChambers(base, inputs);
    const saidBy = (model: LoadedModel): Said => {
      const network = byChamber(seen, networkScores(model, seen));
      return { network, judged: judgeScores(model, inputs, network, this.#options) };
    };
    const byBase = saidBy(base);
    const ids = inputs.map(({ chamber }) => chamber);
    return {
      ...seen,
      ids,
      places: new Map(ids.map((chamber, place) => [formatChamber(chamber), place])),
      base: byBase,
      inUse: inUse === base ? byBase : saidBy(inUse),
    };
  }

  /** Labelled layers in the order in which a retraining has them. */
  #lessons(labelled: readonly LabelledChamber[]): { samples: Samples; lessons: Lesson[] } {
    const parts: Samples[] = [];
    const lessons: Lesson[] = [];
    for (const [run, ofRun] of byRun(labelled)) {
      const seen = this.#seen.get(run);
      if (!seen) continue;
      const rows = new Map(
        seen.layers.map(({ chamber, row }, sample) => [
          `${formatChamber(seen.ids[chamber]!)} ${row + 1}`,
          sample,
        ]),
      );
      const inUse = ofRun.flatMap((chamber) => saidOf(chamber, seen, 'inUse'));
      const own = ofRun
        .flatMap((chamber) => saidOf(chamber, seen, 'base'))
        .map((layer, index) => ({
          ...layer,
          sample: rows.get(`${layer.place} ${layer.layer}`)!,
          flaggedInUse: inUse[index]!.flagged,
        }));
      parts.push(asLessons(seen, own));
      own.forEach((layer) => lessons.push({ ...layer, sample: lessons.length }));
    }
    return { samples: joinSamples(parts), lessons };
  }

  async #outlook(
    models: Models,
    taught: TaughtModel,
    labelled: readonly LabelledChamber[],
    recent: readonly RunToSee[],
  ): Promise<LabelPreview['outlook']> {
    const ofRuns = byRun(labelled);
    const changed: Changed[] = [];
    const [labelledGood, labelledBad] = [noneCalled(), noneCalled()];
    let layers = 0;
    for (const [run, seen] of this.#seen) {
      const after = await this.#after(models, taught, run, seen, ofRuns.get(run) ?? []);
      const own = new Map(
        (ofRuns.get(run) ?? []).map(({ chamber, verdicts }) => [formatChamber(chamber), verdicts]),
      );
      const isRecent = recent.some((each) => each.run === run);
      if (isRecent) layers += seen.samples.count;
      for (const { chamber, row } of seen.layers) {
        const place = formatChamber(seen.ids[chamber]!);
        const before = seen.inUse.judged[chamber]!;
        const then = after[chamber]!;
        const isBad = before.verdicts[row] === 'bad';
        const willBeBad = then.verdicts[row] === 'bad';
        const said = own.get(place)?.[row];
        const label = said === 'good' || said === 'bad' ? said : null;
        if (label !== null) {
          const called = label === 'good' ? labelledGood : labelledBad;
          called.layers += 1;
          called.before += Number(isBad);
          called.after += Number(willBeBad);
        }
        if (isRecent && isBad !== willBeBad) {
          const scores = { before: before.scores[row]!, after: then.scores[row]! };
          changed.push({ run, chamber: place, layer: row + 1, label, ...scores, willBeBad });
        }
      }
    }
    return {
      runs: { first: recent[0]?.run ?? 0, last: recent.at(-1)?.run ?? 0, count: recent.length },
      layers,
      more: asChanged(changed, true),
      fewer: asChanged(changed, false),
      labelledGood,
      labelledBad,
    };
  }

  /** What is said of a seen run then; its wires are read again only for the judge, and only where that may come to another verdict. */
  async #after(
    { base, inUse, adaptation }: Models,
    { weights, thresholds }: TaughtModel,
    run: number,
    seen: SeenRun,
    own: readonly LabelledChamber[],
  ): Promise<readonly LayersSaid[]> {
    const network = byChamber(seen, await adaptation.scores(seen.samples, weights));
    const places = seen.ids.flatMap((_, place) =>
      mayDiffer(
        {
          scores: seen.inUse.network[place]!,
          thresholds: inUse.metadata.thresholds,
          faults: seen.inUse.judged[place]!.faults,
        },
        { scores: network[place]!, thresholds },
      )
        ? place
        : [],
    );
    const said = [...seen.inUse.judged];
    if (places.length === 0) return said;
    const inputs = new Map(
      (await this.#inputs(run, seen.isWhole ? null : own)).map((input) => [
        formatChamber(input.chamber),
        input,
      ]),
    );
    for (const place of places) {
      const input = inputs.get(formatChamber(seen.ids[place]!));
      if (input)
        [said[place]] = judgeScores(base, [input], [network[place]!], this.#options, thresholds) as [
          LayersSaid,
        ];
    }
    return said;
  }
}

type Changed = ChangedVerdicts['listed'][number] & { willBeBad: boolean };

const noneCalled = () => ({ layers: 0, before: 0, after: 0 });

function asChanged(changed: readonly Changed[], bad: boolean): ChangedVerdicts {
  const those = changed
    .filter(({ willBeBad }) => willBeBad === bad)
    .map(({ willBeBad: _, ...layer }) => layer)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
  return {
    count: those.length,
    labelledSo: those.filter(({ label }) => label === (bad ? 'bad' : 'good')).length,
    listed: those.slice(0, mostListed),
  };
}

function saidOf(labelled: LabelledChamber, seen: SeenRun, by: 'base' | 'inUse'): LabelledLayer[] {
  return judgedLayers(labelled, seen[by].judged[seen.places.get(formatChamber(labelled.chamber))!]);
}

function countLabels(labelled: readonly LabelledChamber[]): { good: number; bad: number } {
  const all = labelled.flatMap(({ verdicts }) => verdicts);
  const count = (wanted: string) => all.filter((verdict) => verdict === wanted).length;
  return { good: count('good'), bad: count('bad') };
}
