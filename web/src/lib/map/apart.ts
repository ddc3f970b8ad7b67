/** What can be shown on a map without one thing covering another: the first ones first, the others give way. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Whether each box keeps clear of all that are shown before it. */
export function apart(boxes: readonly Box[]): boolean[] {
  const shown: Box[] = [];
  return boxes.map((box) => {
    const free = !shown.some((other) => overlap(box, other));
    if (free) shown.push(box);
    return free;
  });
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
