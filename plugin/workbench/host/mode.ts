export type Mode = 'dark' | 'light';

const key = 'dtdqm.theme';

/** The chosen theme; dark unless chosen otherwise, because control rooms are. */
export function readMode(): Mode {
  try {
    return localStorage.getItem(key) === 'light' ? 'light' : 'dark';
  } catch {
    return 'dark';
  }
}

export function writeMode(mode: Mode): void {
  try {
    localStorage.setItem(key, mode);
  } catch {
    // A browser that keeps nothing still shows the theme until the next reload.
    return;
  }
}
