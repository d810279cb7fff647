import { useEffect, useRef, type RefObject } from 'react';

/**
 * Key presses inside the panel, as what `read` makes of them. Listens on the panel's own element and stops what it understands there, so that nothing
 * reaches Grafana's shortcuts, and nothing is caught while the focus is elsewhere.
 */
export function usePanelKeys<Intent>(
  panel: RefObject<HTMLElement>,
  isOn: boolean,
  read: (event: KeyboardEvent) => Intent | null,
  act: (intent: Intent) => void,
  dismiss: () => void,
): void {
  useEffect(() => {
    const element = panel.current;
    if (!element || !isOn) return undefined;
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape') {
        dismiss();
        return;
      }
      if (event.defaultPrevented || isTyping(event.target)) return;
      const intent = read(event);
      if (intent === null || operatesControl(event)) return;
      event.preventDefault();
      event.stopPropagation();
      act(intent);
    };
    element.addEventListener('keydown', onKeyDown);
    return () => element.removeEventListener('keydown', onKeyDown);
  }, [panel, isOn, read, act, dismiss]);
}

/**
 * Keeps the keyboard with the panel when the control that had the focus goes away, for example "Try again" after it has helped:
 * the browser would give it to the page, and the next key would be lost.
 *
 * @param home what gets the focus then; the panel itself unless given.
 */
export function useKeptFocus(panel: RefObject<HTMLElement>, home?: () => HTMLElement | null): void {
  const wasInside = useRef(false);
  useEffect(() => {
    const element = panel.current;
    if (!element) return undefined;
    const enter = () => (wasInside.current = true);
    const leave = ({ relatedTarget }: FocusEvent) => {
      if (relatedTarget instanceof Node && !element.contains(relatedTarget)) wasInside.current = false;
    };
    const pressElsewhere = ({ target }: Event) => {
      if (target instanceof Node && !element.contains(target)) wasInside.current = false;
    };
    element.addEventListener('focusin', enter);
    element.addEventListener('focusout', leave);
    document.addEventListener('pointerdown', pressElsewhere);
    return () => {
      element.removeEventListener('focusin', enter);
      element.removeEventListener('focusout', leave);
      document.removeEventListener('pointerdown', pressElsewhere);
    };
  }, [panel]);
  // After every change of what is shown, because any of them may have taken the focused control away.
  useEffect(() => {
    if (wasInside.current && document.activeElement === document.body) (home?.() ?? panel.current)?.focus();
  });
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !['radio', 'checkbox', 'button'].includes(target.type);
  return (
    target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
  );
}

/** Enter on a button that was reached by Tab presses it; after a mouse click it keeps its meaning for the panel. */
function operatesControl({ key, target }: KeyboardEvent): boolean {
  return (
    key === 'Enter' &&
    target instanceof HTMLElement &&
    target.matches('button:focus-visible, a:focus-visible')
  );
}
