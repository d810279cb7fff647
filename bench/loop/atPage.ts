import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import {
  allChambers,
  chamberLabel,
  layersOf,
  type ChamberId,
  type ChamberOfRun,
  type LabelVerdict,
} from '@dtdqm/contract';
import { isNextShown, isRevealed, pressUntil, untilSaved, untilShown } from '../panels/rig.ts';
import { keyOf } from './campaign.ts';
import type { StoredWorld } from './campaign.ts';

/** What an expert did with one chamber, and how long the page took, ms. */
export interface Answered {
  chamber: ChamberOfRun;
  /** As pressed, layers 1..12. */
  verdicts: (LabelVerdict | null)[];
  keys: number;
  /** From the key that saves to what the model says. */
  toScores: number;
  /** From the key that goes on to the next chamber. */
  toNext: number;
}

const named = new Map<string, ChamberId>(allChambers.map((chamber) => [chamberLabel(chamber), chamber]));

/** Keys by what the page says that they do; it lists them at `?`. */
async function keysOf(page: Page): Promise<(action: string) => string> {
  await page.keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keys' });
  const [keys, actions] = await Promise.all(['dt', 'dd'].map((tag) => list.locator(tag).allInnerTexts()));
  await page.keyboard.press('Escape');
  return (action) => {
    const key = keys?.[actions?.indexOf(action) ?? -1];
    if (key === undefined) throw new Error(`the page lists no key for "${action}"`);
    return key === '⏎' ? 'Enter' : key;
  };
}

/** The chamber that the page says is on display. */
async function shown(page: Page): Promise<ChamberOfRun> {
  const text = await page.getByTestId('chamber-panel').locator('header').innerText();
  const [, name = '', run] = /(W\S+ MB\d S\d+)\s+run (\d+)/.exec(text) ?? [];
  const chamber = named.get(name);
  if (!chamber) throw new Error(`the page does not say which chamber it shows: ${text}`);
  return { run: Number(run), ...chamber };
}

/**
 * Labels chambers by keyboard alone, blind, one after the other as the page shows them.
 *
 * @param truth what the expert sees in a chamber, by {@link keyOf}.
 * @param think s before each answer.
 */
export async function labelAtPage(
  page: Page,
  truth: StoredWorld['truth'],
  { count, think }: { count: number; think: number },
): Promise<Answered[]> {
  await untilShown(page);
  const keyFor = await keysOf(page);
  const answered: Answered[] = [];
  while (answered.length < count) {
    const chamber = await shown(page);
    const built = layersOf(chamber.station);
    const seen = truth.get(keyOf(chamber));
    if (!seen) throw new Error(`${chamberLabel(chamber)} of run ${chamber.run} is not of this world`);
    await delay(1000 * think);
    const verdictOf = (kind: (typeof seen)[number]) =>
      kind === undefined ? 'not-sure' : kind ? 'bad' : 'good';
    const verdicts = seen.map((kind, row) => (built.includes(row + 1) ? verdictOf(kind) : null));
    const pressed = [
      keyFor('All good'),
      ...built.flatMap((layer) => {
        const key = keyFor(`Layer ${layer} bad or good`);
        const verdict = verdicts[layer - 1];
        if (verdict === 'good') return [];
        return verdict === 'bad' ? key : `Shift+${/\d/.test(key) ? `Digit${key}` : key}`;
      }),
    ];
    for (const key of pressed) await page.keyboard.press(key);
    const toScores = await pressUntil(page, keyFor('Save and next'), isRevealed);
    const toNext = await pressUntil(page, 'Enter', isNextShown);
    answered.push({ chamber, verdicts, keys: pressed.length + 2, toScores, toNext });
  }
  await untilSaved(page);
  return answered;
}
