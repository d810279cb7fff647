export { newWatch, rebaseWatch, watchLook, type Look, type Watch } from './watch.ts';
export type { WatchChange } from './changes.ts';
export { exposureOf } from './watch.ts';
