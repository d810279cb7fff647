import { describe, expect, it } from 'vitest';
import { faultKinds } from '@dtdqm/contract';
import { createKeys, faultChoices, intentAmongKinds, type Press } from './keys.ts';

const { intentOf, bindings: keyBindings, keyOfLayer } = createKeys('');

const pressOf = (key: string, parts: Partial<Press> = {}): Press => ({
  key,
  code: '',
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...parts,
});
const press = (key: string, parts?: Partial<Press>) => intentOf(pressOf(key, parts));

describe('keys', () => {
  it('no key means two things', () => {
    const keys = keyBindings.map(({ key, shift }) => `${shift}${key}`);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('every binding is found by the press it shows', () => {
    for (const { key, shift, intent } of keyBindings) {
      const digit = /\d/.test(key);
      const typed = shift && !digit ? key.toUpperCase() : shift ? '!' : key;
      expect(press(typed, { shiftKey: shift, code: digit ? `Digit${key}` : '' })).toEqual(intent);
    }
  });

  it('every kind of fault has a key of its own while their list is open, and nothing else of ours acts then', () => {
    const among = (key: string, parts?: Partial<Press>) =>
      intentAmongKinds(pressOf(key, parts), createKeys(''));
    const chosen = faultChoices.map(({ key }) => among(key));
    expect(chosen).toEqual([null, ...faultKinds].map((kind) => ({ type: 'fault-kind', kind })));
    expect(among('&', { code: 'Digit1' })).toEqual({ type: 'fault-kind', kind: faultKinds[0] });
    expect(among('1', { repeat: true })).toEqual({ type: 'held' });
    expect(among('t', { ctrlKey: true })).toBeNull();
    expect(among('f')).toEqual({ type: 'fault' });
    for (const key of ['a', 's', 'Enter']) expect(among(key)).toEqual({ type: 'held' });
    expect(among('Tab')).toBeNull();
  });

  it('leaves shortcuts of browser and Grafana alone', () => {
    expect(press('s', { ctrlKey: true })).toBeNull();
    expect(press('a', { metaKey: true })).toBeNull();
    expect(press('d')).toBeNull();
    expect(press('Escape')).toBeNull();
  });

  it('works with caps lock, on the number pad and where digits need Shift', () => {
    expect(press('A')).toEqual({ type: 'all-good' });
    expect(press('9', { code: 'Numpad9' })).toEqual({ type: 'toggle', layer: 9 });
    expect(press('ç', { code: 'Digit9' })).toEqual({ type: 'toggle', layer: 9 });
    expect(keyOfLayer(10)).toBe('0');
  });

  it('are those of a Latin keyboard where the layout writes other letters', () => {
    const russian = {
      ф: 'KeyA',
      и: 'KeyB',
      ь: 'KeyM',
      ы: 'KeyS',
      г: 'KeyU',
      т: 'KeyN',
      а: 'KeyF',
      м: 'KeyV',
      к: 'KeyR',
    };
    const greek = {
      α: 'KeyA',
      β: 'KeyB',
      μ: 'KeyM',
      σ: 'KeyS',
      θ: 'KeyU',
      ν: 'KeyN',
      φ: 'KeyF',
      ω: 'KeyV',
      ρ: 'KeyR',
    };
    const latin = ['a', 'b', 'm', 's', 'u', 'n', 'f', 'v', 'r'].map((key) => press(key));
    for (const layout of [russian, greek]) {
      expect(Object.entries(layout).map(([key, code]) => press(key, { code }))).toEqual(latin);
      expect(Object.entries(layout).map(([key, code]) => press(key.toUpperCase(), { code }))).toEqual(latin);
    }
    expect(press('й', { code: 'KeyQ' })).toEqual({ type: 'toggle', layer: 11 });
    expect(press('Й', { code: 'KeyQ', shiftKey: true })).toEqual({ type: 'doubt', layer: 11 });
    expect(press(',', { code: 'Slash', shiftKey: true })).toEqual({ type: 'help' });
    // A Latin layout in another order writes what it means.
    expect(press('a', { code: 'KeyQ' })).toEqual({ type: 'all-good' });
  });

  it('are none of the signs that AltGr writes, on Windows and elsewhere', () => {
    const withAltGr = { getModifierState: (modifier: string) => modifier === 'AltGraph' };
    const german = {
      µ: 'KeyM',
      æ: 'KeyA',
      ſ: 'KeyS',
      '„': 'KeyV',
      '@': 'KeyQ',
      '€': 'KeyE',
      '²': 'Digit2',
      '{': 'Digit7',
    };
    for (const [key, code] of Object.entries(german)) {
      expect(press(key, { code, ...withAltGr })).toBeNull();
      expect(press(key, { code, ...withAltGr, ctrlKey: true, altKey: true })).toBeNull();
    }
    // Of one's own choice they are.
    const { intentOf: own } = createKeys('{"skip": "@"}');
    for (const parts of [{}, { ctrlKey: true, altKey: true }])
      expect(own(pressOf('@', { code: 'KeyQ', ...withAltGr, ...parts }))).toEqual({ type: 'skip' });
    expect(own(pressOf('q', { ctrlKey: true, altKey: true }))).toBeNull();
  });

  it('are not taken from a text that is being put together, and act where an input method keeps the letters', () => {
    expect(press('s', { isComposing: true })).toBeNull();
    expect(press('Enter', { isComposing: true })).toBeNull();
    const kept = (code: string, parts?: Partial<Press>) => press('Process', { code, ...parts });
    expect(kept('KeyS')).toEqual({ type: 'skip' });
    expect(kept('KeyQ', { shiftKey: true })).toEqual({ type: 'doubt', layer: 11 });
    expect(kept('Digit4')).toEqual({ type: 'toggle', layer: 4 });
    expect(kept('Enter')).toEqual({ type: 'save' });
    expect(kept('KeyS', { repeat: true })).toEqual({ type: 'held' });
    expect(kept('ShiftLeft')).toBeNull();
  });

  it('are no dead keys, whatever these stand on but a digit', () => {
    for (const code of ['Backquote', 'BracketLeft', 'Quote', 'KeyN', 'KeyU'])
      expect(press('Dead', { code })).toBeNull();
    expect(press('Dead', { code: 'Digit7' })).toEqual({ type: 'toggle', layer: 7 });
  });

  it('count once while they are held down', () => {
    for (const key of ['s', 'Enter', 'u', 'a', '9'])
      expect(press(key, { repeat: true })).toEqual({ type: 'held' });
    expect(press('d', { repeat: true })).toBeNull();
  });

  it('do not mark layers from a number pad that moves', () => {
    for (const [key, code] of [
      ['End', 'Numpad1'],
      ['ArrowDown', 'Numpad2'],
      ['Clear', 'Numpad5'],
      ['Insert', 'Numpad0'],
    ] as const)
      expect(press(key, { code })).toBeNull();
    expect(press('1', { code: 'Numpad1' })).toEqual({ type: 'toggle', layer: 1 });
  });

  it('knows "?" although it is typed with Shift', () => {
    expect(press('?', { shiftKey: true, code: 'Slash' })).toEqual({ type: 'help' });
  });
});

describe('own keys', () => {
  const typed = (own: string, key: string, more: Partial<Press> = {}) =>
    createKeys(own).intentOf({
      ...{ key, code: '', shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, repeat: false },
      ...more,
    });
  const own = '{"skip": "X", "save": "Home", "layer-11": "o", "note": "s"}';

  it('take the place of the usual ones; what they do not name stays', () => {
    expect(typed(own, 'x')).toEqual({ type: 'skip' });
    expect(typed(own, 's')).toEqual({ type: 'note' });
    expect(typed(own, 'Home')).toEqual({ type: 'save' });
    expect(typed(own, 'Enter')).toBeNull();
    expect(typed(own, 'O', { shiftKey: true })).toEqual({ type: 'doubt', layer: 11 });
    expect(typed(own, 'q')).toBeNull();
    expect(typed(own, '3')).toEqual({ type: 'toggle', layer: 3 });
    expect(createKeys(own).keyOfLayer(11)).toBe('o');
    expect(createKeys(own).bindingOf('skip').shown).toBe('x');
  });

  it.each([
    ['{"skip": "x"', 'must be JSON'],
    ['["x"]', 'must be an object'],
    ['{"jump": "x"}', '"jump" is no action'],
    ['{"skip": "Escape"}', '"skip": must be one character'],
    ['{"skip": 3}', '"skip": must be one character'],
    ['{"skip": "é"}', '"skip": must be one character'],
    ['{"layer-2": "-"}', '"layer-2": must be a letter or a digit'],
    ['{"skip": "a"}', '"all-good" and "skip" cannot both be on the key a'],
  ])('%s is refused in words, and all keys stay the usual ones', (text, words) => {
    const keys = createKeys(text);
    expect(keys.faults.join()).toContain(words);
    expect(keys.bindings).toEqual(keyBindings);
  });
});
