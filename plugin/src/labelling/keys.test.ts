import { describe, expect, it } from 'vitest';
import { intentOf, keyBindings, keyOfLayer } from './keys.ts';

const press = (key: string, parts: Partial<Parameters<typeof intentOf>[0]> = {}) =>
  intentOf({ key, code: '', shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...parts });

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

  it('knows "?" although it is typed with Shift', () => {
    expect(press('?', { shiftKey: true, code: 'Slash' })).toEqual({ type: 'help' });
  });
});
