export { exposureOf, newWatch, rebaseWatch, watchLook, type Look, type Watch } from './watch.ts';
export type { WatchChange } from './changes.ts';
