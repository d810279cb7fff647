/**
 * Where @grafana/ui finds its icons, and what Grafana's server would tell of user and settings, without which @grafana/runtime complains.
 * Has to be set before they are loaded, hence a module of its own.
 */
Object.assign(window, {
  __grafana_public_path__: '/assets/grafana/',
  grafanaBootData: { assets: { dark: '', light: '' }, user: {}, settings: {}, navTree: [] },
});

/**
 * Where the environment names no real language, as on kiosks and servers, Chromium hands on tags like `en-US@posix`; Intl refuses
 * them, and the packages that draw dates end with an error. Has to run before they are loaded, hence a module of its own.
 */
const known = navigator.languages.filter(isKnown);
if (known.length < navigator.languages.length) {
  const languages = known.length > 0 ? known : ['en-US'];
  Object.defineProperty(navigator, 'languages', { value: languages, configurable: true });
  Object.defineProperty(navigator, 'language', { value: languages[0], configurable: true });
}

function isKnown(language: string): boolean {
  try {
    return Intl.getCanonicalLocales(language).length > 0;
  } catch {
    return false;
  }
}

export {};
