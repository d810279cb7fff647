import { layersOfSuperlayer, superlayerOfLayer, superlayersOf, type Superlayer } from '@dtdqm/contract';
import { randomOf } from '@dtdqm/contract/random';
import { defaultModelFolder } from '@dtdqm/detector';
import { loadModel, scoreChambers, selectBackend } from '@dtdqm/detector/engine';
import { drawMeasured, injectIntoCounts, measuredFaults } from '@dtdqm/simulator/detector';
import { write } from '../harness.ts';
import { drawKnown, type KnownChamber } from './knownChamber.ts';

/**
 * How surely a board that counts half can be told at all, beside what is called bad with three good runs before:
 * `node --import tsx bench/scoring/boardBound.ts [seed] [chambers with the fault] [healthy chambers]`. Likelihood ratio of a half at any
 * five columns of a superlayer, by one who knows what every wire of the chamber counts on average, that nothing else can have happened, and how far counts of this
 * chamber scatter: hits come in lumps, and layers count the same muons. Limits by the share of healthy layers, four at a time, that reach them.
 */
const [seed = '1', count = '1000', healthyChambers = '5000'] = process.argv.slice(2);
await selectBackend('wasm');
const model = await loadModel(await defaultModelFolder());
const measured = measuredFaults.find(({ name }) => name === 'board at 50 %')!;
const level = 0.5;
const columnsOfBoard = 5;
/** Of each other layer that shares all of its muons a column has as much variance again; half of them stand in either of two columns. */
const layersShared = 1.5;

/** Most that any place says for half against all, nats. What the superlayer counts in all is no news. */
function mostNats({ matrix, truth }: KnownChamber, superlayer: Superlayer): number {
  const rows = layersOfSuperlayer(superlayer).map((layer) => layer - 1);
  const columns = matrix[rows[0]!]!.map((_, column) =>
    rows
      .filter((row) => matrix[row]![column]! >= 0)
      .reduce(
        ([hits, usual], row) => [hits + matrix[row]![column]!, usual + truth.hits[row]![column]!] as const,
        [0, 0] as readonly [hits: number, usual: number],
      ),
  );
  const total = columns.reduce((all, [hits]) => all + hits, 0);
  const usual = columns.reduce((all, [, expected]) => all + expected, 0);
  if (total === 0) return 0;
  let most = 0;
  for (let first = 0; first + columnsOfBoard <= columns.length; first++) {
    let nats = 0;
    for (let column = first; column < first + columnsOfBoard; column++) {
      const [hits, expected] = columns[column]!;
      nats += hits * Math.log(level) + ((1 - level) * (expected * total)) / usual;
    }
    if (nats > most) most = nats;
  }
  return most / (truth.lumpSize * (1 + layersShared * truth.trackShare));
}

const healthy = Array.from({ length: Number(healthyChambers) }, (_, index) => {
  const drawn = drawKnown(randomOf(seed, 'healthy', index));
  return superlayersOf(drawn.chamber.station).map((superlayer) => mostNats(drawn, superlayer));
})
  .flat()
  .sort((a, b) => b - a);
const faulty = Array.from({ length: Number(count) }, (_, index) => {
  const random = randomOf(seed, measured.name, index);
  const drawn = drawKnown(random);
  const fault = drawMeasured(measured, drawn.chamber, random)!;
  const injected = { ...drawn, matrix: injectIntoCounts(drawn.matrix, fault, random) };
  const [judged] = scoreChambers(model, [injected], { saliency: false });
  const bad = fault.layers.filter((layer) => judged!.verdicts[layer - 1] === 'bad').length;
  return {
    nats: mostNats(injected, superlayerOfLayer(fault.layers[0]!)),
    isBad: 2 * bad > fault.layers.length,
  };
});
const share = (those: readonly unknown[]) => (those.length / faulty.length).toFixed(3);
write(`${healthy.length} healthy superlayers, ${faulty.length} boards at half`);
write('| healthy layers that reach the limit | nats | found, rates known |');
write('| --- | --- | --- |');
for (const falseAlarms of [0.002, 0.001, 0.0005]) {
  const limit = healthy[Math.floor(falseAlarms * healthy.length)]!;
  write(
    `| ${100 * falseAlarms} % | ${limit.toFixed(1)} | ${share(faulty.filter(({ nats }) => nats > limit))} |`,
  );
}
write(`called bad by the model: ${share(faulty.filter(({ isBad }) => isBad))}`);
