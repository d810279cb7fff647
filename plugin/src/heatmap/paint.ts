/** What a picture is made of: plain data, so that it can be tested and counted without a canvas. Lengths are CSS pixels. */
export type DrawCommand = FillCommand | FrameCommand | HatchCommand | CornerCommand | TextCommand;

/** Many rectangles of one colour, drawn as one path. `rects` holds x, y, width, height of each in turn. */
interface FillCommand {
  type: 'fill';
  colour: string;
  alpha: number;
  rects: number[];
}

/** Outlines of one colour, drawn inside the rectangles' edges. */
interface FrameCommand {
  type: 'frame';
  colour: string;
  thickness: number;
  rects: number[];
}

/** Diagonal lines inside rectangles: says "there is nothing here" without being a colour. */
interface HatchCommand {
  type: 'hatch';
  colour: string;
  spacing: number;
  rects: number[];
}

/** The right upper corner of each rectangle, at most 6 px of it: a mark on a cell that leaves its colour to be seen. */
interface CornerCommand {
  type: 'corner';
  colour: string;
  rects: number[];
}

export interface TextCommand {
  type: 'text';
  colour: string;
  font: string;
  align: 'left' | 'center' | 'right';
  baseline: 'top' | 'middle' | 'bottom';
  texts: { x: number; y: number; text: string; turned?: boolean }[];
}

/** Draws commands in order on a cleared canvas of `width` x `height` CSS pixels. */
export function paint(
  canvas: CanvasRenderingContext2D,
  commands: readonly DrawCommand[],
  size: { width: number; height: number },
  pixelRatio: number,
): void {
  canvas.setTransform(pixelRatio, 0, 0, pixelRatio, 0, 0);
  canvas.clearRect(0, 0, size.width, size.height);
  for (const command of commands) {
    canvas.save();
    if (command.type === 'fill') {
      canvas.globalAlpha = command.alpha;
      canvas.fillStyle = command.colour;
      canvas.beginPath();
      addRects(canvas, command.rects);
      canvas.fill();
    } else if (command.type === 'frame') {
      canvas.strokeStyle = command.colour;
      canvas.lineWidth = command.thickness;
      canvas.beginPath();
      addRects(canvas, command.rects, command.thickness / 2);
      canvas.stroke();
    } else if (command.type === 'hatch') {
      hatch(canvas, command);
    } else if (command.type === 'corner') {
      canvas.fillStyle = command.colour;
      canvas.beginPath();
      for (const [x, y, width, height] of boxes(command.rects)) {
        const size = Math.min(6, width, height);
        canvas.moveTo(x + width - size, y);
        canvas.lineTo(x + width, y);
        canvas.lineTo(x + width, y + size);
      }
      canvas.fill();
    } else {
      canvas.fillStyle = command.colour;
      canvas.font = command.font;
      canvas.textAlign = command.align;
      canvas.textBaseline = command.baseline;
      for (const { x, y, text, turned } of command.texts) {
        if (turned) {
          canvas.save();
          canvas.translate(x, y);
          canvas.rotate(-Math.PI / 2);
          canvas.fillText(text, 0, 0);
          canvas.restore();
        } else {
          canvas.fillText(text, x, y);
        }
      }
    }
    canvas.restore();
  }
}

function addRects(canvas: CanvasRenderingContext2D, rects: readonly number[], inset = 0): void {
  for (const [x, y, width, height] of boxes(rects)) {
    canvas.rect(x + inset, y + inset, Math.max(0, width - 2 * inset), Math.max(0, height - 2 * inset));
  }
}

function hatch(canvas: CanvasRenderingContext2D, { colour, spacing, rects }: HatchCommand): void {
  canvas.beginPath();
  addRects(canvas, rects);
  canvas.clip();
  canvas.strokeStyle = colour;
  canvas.lineWidth = 1;
  canvas.beginPath();
  for (const [x, y, width, height] of boxes(rects)) {
    // Lines start at multiples of the spacing from the origin, so that the pattern runs on from row to row.
    for (let sum = Math.ceil((x + y) / spacing) * spacing; sum < x + y + width + height; sum += spacing) {
      canvas.moveTo(sum - y, y);
      canvas.lineTo(sum - y - height, y + height);
    }
  }
  canvas.stroke();
}

function* boxes(rects: readonly number[]): Generator<[x: number, y: number, width: number, height: number]> {
  for (let at = 0; at + 3 < rects.length; at += 4) {
    yield [rects[at] ?? 0, rects[at + 1] ?? 0, rects[at + 2] ?? 0, rects[at + 3] ?? 0];
  }
}
