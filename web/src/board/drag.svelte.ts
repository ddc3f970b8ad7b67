/** A stop's bar in the hand: taken by its middle it is moved, by its end the stay changes, until it is let go. */
import { desk } from "./desk.svelte";
import { moving } from "./moving.svelte";
import { rowAt, type Across, type Group } from "./rows";
import type { Stop, VanDay } from "./shapes";

/** Pixels: how near its end a bar is taken by the end, how wide it must be for that, how far a press becomes a drag. */
export const [endWidth, wideEnough] = [8, 24];
const far = 4;

interface Drawn {
  plane: Element | undefined;
  across: Across;
  groups: Group[];
}
interface Grip {
  stop: Stop;
  vanDay: VanDay;
  x: number;
  y: number;
  byEnd: boolean;
}

export class Drag {
  /** True from where a press has become a drag. */
  on = $state(false);
  private grip: Grip | null = null;
  /** Where it was when this drag began: a stop can be dragged again before it is saved. */
  private origin = { starts: 0, length: 0 };
  /** The press that ends a drag chooses nothing. */
  private spent = false;
  private readonly drawn: () => Drawn;

  constructor(drawn: () => Drawn) {
    this.drawn = drawn;
  }

  take(event: PointerEvent, vanDay: VanDay, stop: Stop): void {
    if (event.button !== 0 || !desk.movable(stop)) return;
    const [{ x, y }, { across }] = [this.point(event), this.drawn()];
    const ends = across.at(stop.ends);
    this.grip = { stop, vanDay, x, y, byEnd: x > ends - endWidth && ends - across.at(stop.starts) > wideEnough };
    if (moving.uid !== null && moving.uid !== stop.uid) moving.stay();
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  }

  pull(event: PointerEvent): void {
    const { grip } = this;
    if (!grip) return;
    const { x, y } = this.point(event);
    if (!this.on && Math.hypot(x - grip.x, y - grip.y) < far) return;
    if (!this.on) this.begin(grip);
    const { across, groups } = this.drawn();
    const by = across.minutes(x - grip.x);
    if (grip.byEnd) return moving.put({ length: this.origin.length + by });
    const there = rowAt(groups, y);
    moving.put({ starts: this.origin.starts + by, ...(there ? { van: there.van.id, day: there.date } : {}) });
  }

  drop(): void {
    if (this.on) this.spent = true;
    [this.grip, this.on] = [null, false];
  }

  press(stop: Stop): void {
    if (this.spent) this.spent = false;
    else desk.choose(stop.uid);
  }

  private begin({ stop, vanDay }: Grip): void {
    moving.begin(stop, vanDay);
    this.origin = { starts: moving.to.starts, length: moving.to.length };
    this.on = true;
  }

  /** Where the pointer is, in the drawing's own pixels. */
  private point(event: PointerEvent): { x: number; y: number } {
    const box = this.drawn().plane?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  }
}
