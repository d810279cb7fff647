import { layerNumbers } from '@dtdqm/contract';

export type Intent =
  | { type: 'toggle' | 'doubt'; layer: number }
  | {
      type:
        | 'all-good'
        | 'all-bad'
        | 'accept'
        | 'save'
        | 'skip'
        | 'undo'
        | 'note'
        | 'fault'
        | 'saliency'
        | 'reveal'
        | 'help'
        /** A key of ours that is held down: it was taken once, and is nobody else's. */
        | 'held';
    };

export interface KeyBinding {
  /** `KeyboardEvent.key` as it is pressed, without Shift unless it is part of the character. */
  key: string;
  shift: boolean;
  /** As written on buttons and in the list of keys. */
  shown: string;
  intent: Intent;
  /** What it does, for the button's tooltip and the list of keys. */
  label: string;
  group: 'Layers' | 'Chamber' | 'View';
}

const layerKeys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', 'q', 'w'];

/** The key that stands for a layer: its digit, `0` for 10, `q` and `w` for 11 and 12. */
export function keyOfLayer(layer: number): string {
  return layerKeys[layer - 1] ?? '';
}

const binding = (key: string, intent: Intent, label: string, group: KeyBinding['group']): KeyBinding => {
  const shown = key === 'Enter' ? '⏎' : key;
  return { key, shift: false, shown, intent, label, group };
};

/** The one list from which the keyboard, the buttons and the `?` overlay are made. */
export const keyBindings: readonly KeyBinding[] = [
  ...layerNumbers.flatMap((layer): KeyBinding[] => {
    const key = keyOfLayer(layer);
    const doubt = binding(key, { type: 'doubt', layer }, `Layer ${layer} not sure`, 'Layers');
    return [
      binding(key, { type: 'toggle', layer }, `Layer ${layer} bad or good`, 'Layers'),
      { ...doubt, shift: true, shown: `⇧${key}` },
    ];
  }),
  binding('a', { type: 'all-good' }, 'All good', 'Chamber'),
  binding('b', { type: 'all-bad' }, 'All bad', 'Chamber'),
  binding('m', { type: 'accept' }, 'As the model says', 'Chamber'),
  binding('Enter', { type: 'save' }, 'Save and next', 'Chamber'),
  binding('s', { type: 'skip' }, 'Skip', 'Chamber'),
  binding('u', { type: 'undo' }, 'Undo', 'Chamber'),
  binding('n', { type: 'note' }, 'Note', 'Chamber'),
  binding('f', { type: 'fault' }, 'Fault kind', 'Chamber'),
  binding('v', { type: 'saliency' }, 'Saliency', 'View'),
  binding('r', { type: 'reveal' }, 'Reveal scores and labels', 'View'),
  binding('?', { type: 'help' }, 'Keys', 'View'),
];

/** The binding of an action that is not about one layer. */
export function bindingOf(act: Exclude<Intent['type'], 'toggle' | 'doubt'>): KeyBinding {
  const found = keyBindings.find(({ intent }) => intent.type === act);
  if (!found) throw new RangeError(`no key is bound to "${act}"`);
  return found;
}

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
}

/** What a key press means, or null when it is not ours. Presses with Ctrl, Alt or Meta belong to browser and Grafana. */
export function intentOf(press: Press): Intent | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  const intent = meaningOf(press);
  return intent && press.repeat ? { type: 'held' } : intent;
}

function meaningOf(press: Press): Intent | null {
  const digit = digitOf(press);
  const key = keyOf(press);
  if (press.shiftKey && (digit ?? /^[a-z]$/.test(key))) {
    const shifted = digit ?? key;
    return keyBindings.find((candidate) => candidate.shift && candidate.key === shifted)?.intent ?? null;
  }
  const plain = (wanted: string | undefined) =>
    keyBindings.find((candidate) => !candidate.shift && candidate.key === wanted)?.intent;
  return plain(key) ?? plain(digit) ?? null;
}

/** The digit of a key, whatever the layout writes with it. Without NumLock the number pad moves: its 1 is End, and no layer. */
function digitOf({ key, code }: Press): string | undefined {
  const [, row, digit] = /^(Digit|Numpad)(\d)$/.exec(code) ?? [];
  return row === 'Numpad' && key !== digit ? undefined : digit;
}

/** Our letter: the one that was typed, or on a layout of other letters (Cyrillic, Greek) the one that stands there on a Latin one. */
function keyOf({ key, code, shiftKey }: Press): string {
  if (key.length !== 1) return key;
  const isOther = /[^\p{ASCII}]/u.test(key) || (code === 'Slash' && shiftKey);
  if (!isOther) return key.toLowerCase();
  const [, letter] = /^Key([A-Z])$/.exec(code) ?? [];
  return letter?.toLowerCase() ?? (code === 'Slash' && shiftKey ? '?' : key.toLowerCase());
}
