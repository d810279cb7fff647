import { readFile, writeFile } from 'node:fs/promises';
import type { Measured } from './measured.ts';
import { pictureOf } from './picture.ts';

/** Draws what measure.ts has written with `--json`: `npx tsx bench/scale/draw.ts FILE.json PICTURE.svg`. */
const [from = '', to = ''] = process.argv.slice(2);
await writeFile(to, pictureOf(JSON.parse(await readFile(from, 'utf8')) as Measured[]));
