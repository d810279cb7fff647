/** What a picture is made of: plain data, so that it can be tested and counted without a canvas. Lengths are CSS pixels. */
export type Command = FillCommand | FrameCommand | HatchCommand | TextCommand;

/** Many rectangles of one colour, drawn as one path. `rects` holds x, y, width, height of each in turn. */
export interface FillCommand {
  do: 'fill';
  colour: string;
  alpha: number;
  rects: number[];
}

/** Outlines of one colour, drawn inside the rectangles' edges. */
export interface FrameCommand {
  do: 'frame';
  colour: string;
  thickness: number;
  rects: number[];
}

/** Diagonal lines inside rectangles: says "there is nothing here" without being a colour. */
export interface HatchCommand {
  do: 'hatch';
  colour: string;
  spacing: number;
  rects: number[];
}

export interface TextCommand {
  do: 'text';
  colour: string;
  font: string;
  align: 'left' | 'center' | 'right';
  baseline: 'top' | 'middle' | 'bottom';
  texts: { x: number; y: number; text: string; turned?: boolean }[];
}
