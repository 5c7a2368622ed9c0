// Words as textures: the largest letters with which a text fits a box.

export interface Fitted {
  /** Height of the letters, in the unit of the box. */
  size: number;
  lines: string[];
}

export const LEADING = 1.2;

/**
 * `text` broken into lines that fit `width` by `height` with the largest letters.
 *
 * `measure` answers the width of a text with letters of size 1. Words are broken only when one alone is too wide for any size.
 */
export function fitText(text: string, width: number, height: number, measure: (line: string) => number): Fitted {
  let low = 0;
  let high = height / LEADING;
  let best: Fitted = { size: high * 0.02, lines: [text] };
  for (let i = 0; i < 14; i++) {
    const size = (low + high) / 2;
    const lines = breakLines(text, width / size, measure);
    const fits = lines.length * LEADING * size <= height && lines.every((line) => measure(line) * size <= width * 1.0001);
    if (fits) {
      best = { size, lines };
      low = size;
    } else high = size;
  }
  return best;
}

function breakLines(text: string, width: number, measure: (line: string) => number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) {
    let line = '';
    for (const word of paragraph.split(/\s+/)) {
      const longer = line ? `${line} ${word}` : word;
      if (line && measure(longer) > width) {
        lines.push(line);
        line = word;
      } else line = longer;
    }
    lines.push(line);
  }
  return lines;
}

const FAMILY = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif';

export interface Words {
  text: string;
  /** Metres. */
  width: number;
  height: number;
  colour: string;
  /** A soft edge behind the letters, so that they are read on anything. */
  halo: string | null;
  weight: number;
  /** Largest letters, metres; for captions. */
  largest?: number;
}

/** A canvas with the words, `density` pixels a metre. */
export function drawWords(words: Words, density: number): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = Math.max(4, Math.round(words.width * density));
  canvas.height = Math.max(4, Math.round(words.height * density));
  const brush = canvas.getContext('2d')!;
  const font = (size: number) => `${words.weight} ${size}px ${FAMILY}`;
  brush.font = font(100);
  const { size, lines } = fitText(words.text.trim(), words.width * 0.98, words.height, (line) => brush.measureText(line).width / 100);
  const used = Math.min(size, words.largest ?? Infinity);
  brush.font = font(used * density);
  brush.textAlign = 'center';
  brush.textBaseline = 'middle';
  const top = (canvas.height - (lines.length - 1) * used * LEADING * density) / 2;
  lines.forEach((line, index) => {
    const y = top + index * used * LEADING * density;
    if (words.halo) {
      brush.shadowColor = words.halo;
      brush.shadowBlur = used * density * 0.14;
    }
    brush.fillStyle = words.colour;
    brush.fillText(line, canvas.width / 2, y);
  });
  return canvas;
}

/** `text` with an ellipsis where it is wider than `width`. */
export function cutToWidth(text: string, width: number, measure: (line: string) => number): string {
  if (measure(text) <= width) return text;
  let low = 0;
  let high = text.length;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${text.slice(0, middle).trimEnd()}…`) <= width) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low).trimEnd()}…`;
}
