/** A key press as browsers tell it. */
export interface Press {
  key: string;
  /** Physical key, so that Shift with a digit is known on every keyboard layout, and letters where the layout has none of ours. */
  code: string;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  /** Sent again because the key is held down, some 30 times a second. */
  repeat: boolean;
  /** Whether it is part of a text that an input method, or a dead key, is putting together. */
  isComposing?: boolean;
  /** Knows of AltGr, which no field of its own tells. */
  getModifierState?(modifier: string): boolean;
}

/**
 * The key of a press that may be ours, as {@link keyOf} names it; null for what belongs to browser, Grafana or a text: with Ctrl, Alt or Meta, a sign that
 * AltGr writes, part of what is being put together.
 */
export function plainKeyOf(press: Press): string | null {
  const isOthers = press.ctrlKey || press.metaKey || press.altKey || isAltGr(press);
  return isOthers || press.isComposing === true ? null : keyOf(press);
}

/** Windows says Ctrl and Alt of it as well. */
export const isAltGr = (press: Press) => press.getModifierState?.('AltGraph') === true;

/** The digit of a key, whatever the layout writes with it. Without NumLock the number pad moves: its 1 is End, and no layer. */
export function digitOf({ key, code }: Press): string | undefined {
  const [, row, digit] = /^(Digit|Numpad)(\d)$/.exec(code) ?? [];
  return row === 'Numpad' && key !== digit ? undefined : digit;
}

/** What browsers call a key that an input method (Japanese, Chinese, Korean) keeps for itself, also where there is nothing to write into. */
const keptByMethod = ['Process', 'Unidentified'];

/**
 * Our letter: the one that was typed, or the one that stands there on a Latin layout where the layout has other letters (Cyrillic, Greek) or an input method
 * says nothing of it.
 */
export function keyOf({ key, code, shiftKey }: Press): string {
  if (keptByMethod.includes(key)) {
    if (code === 'Slash' && shiftKey) return '?';
    return /^Key([A-Z])$/.exec(code)?.[1]?.toLowerCase() ?? (code === 'Enter' ? 'Enter' : key);
  }
  if (key.length !== 1) return key;
  const isOther = /[^\p{ASCII}]/u.test(key) || (code === 'Slash' && shiftKey);
  if (!isOther) return key.toLowerCase();
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? [];
  return letter?.toLowerCase() ?? (code === 'Slash' && shiftKey ? '?' : key.toLowerCase());
}
