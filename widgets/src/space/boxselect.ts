// Which things a box drawn on the screen takes.

export interface Rect {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** The rectangle between two corners, whichever way it was drawn. */
export function rectBetween(ax: number, ay: number, bx: number, by: number): Rect {
  return { left: Math.min(ax, bx), top: Math.min(ay, by), right: Math.max(ax, bx), bottom: Math.max(ay, by) };
}

/** The smallest rectangle around points of the screen; null when one is behind the camera. */
export function rectAround(points: Iterable<{ x: number; y: number; behind: boolean }>): Rect | null {
  const rect: Rect = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const { x, y, behind } of points) {
    if (behind) return null;
    rect.left = Math.min(rect.left, x);
    rect.right = Math.max(rect.right, x);
    rect.top = Math.min(rect.top, y);
    rect.bottom = Math.max(rect.bottom, y);
  }
  return rect.left <= rect.right ? rect : null;
}

/** As drawing programs do: drawn to the right it takes what is wholly inside, drawn to the left whatever it touches. */
export function takes(box: Rect, thing: Rect, touching: boolean): boolean {
  if (touching) {
    return thing.left <= box.right && thing.right >= box.left && thing.top <= box.bottom && thing.bottom >= box.top;
  }
  return thing.left >= box.left && thing.right <= box.right && thing.top >= box.top && thing.bottom <= box.bottom;
}
