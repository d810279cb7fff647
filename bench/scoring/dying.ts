import { defaultModelFolder } from '@dtdqm/detector';
import { loadModel, selectBackend } from '@dtdqm/detector/engine';
import { write } from '../harness.ts';
import { falseAlarms, sinkTable } from './wholeChambers.ts';

/**
 * Prints what is said of chambers of which so many per cent of the hits are left in a run of full statistics, and of runs that are as short
 * for everybody; then how many healthy chambers are called dead or weak as a whole.
 * `node --import tsx bench/scoring/dying.ts [seed] [healthy runs]`
 */
const [seed = '1', runs = '4'] = process.argv.slice(2);
await selectBackend('wasm');
const model = await loadModel(await defaultModelFolder());
const words = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ') || '-';
for (const row of sinkTable(model, seed)) {
  write(
    [
      `${row.withPast ? 'with past' : 'no past  '} ${String(row.percent).padStart(5)} %`,
      `all layers bad: ${row.bad} of ${row.chambers}`,
      words(row.kinds),
      `whole run so short: ${words(row.short)}`,
      row.note,
    ].join(' | '),
  );
}
for (const withPast of [false, true]) {
  for (const lumisections of [10, 50, 200, 1000]) {
    const plans = Array.from({ length: Number(runs) }, (_, index) => ({
      seed: `${seed}/healthy/${index}`,
      lumisections,
      withPast,
    }));
    const { chambers, called, layers } = falseAlarms(model, plans);
    write(
      `healthy ${withPast ? 'with past' : 'no past'} ${lumisections} lumisections: ${called.length} of ${chambers} chambers called dead or weak ${called.join(' ')}; layers ${words(layers)}`,
    );
  }
}
