import assert from "node:assert/strict";
import { test } from "node:test";
import { bounds, nearestTo, path, readable, shapes, sheet, type Point, type Ring } from "./geometry";

function area(ring: Ring): number {
  const twice = ring.reduce((sum, [x, y], position) => {
    const [nextX, nextY] = ring[(position + 1) % ring.length]!;
    return sum + x * nextY - nextX * y;
  }, 0);
  return Math.abs(twice) / 2;
}

const near = (one: number, other: number, within: number) => assert.ok(Math.abs(one - other) <= within, `${one} ≉ ${other}`);

test("a lone middle gets a disc, two share it along the line halfway between", () => {
  near(area(nearestTo(0, [[0, 0]])), Math.PI * 1500 ** 2, 0.01 * Math.PI * 1500 ** 2);
  const pair: Point[] = [[0, 0], [1000, 0]];
  assert.ok(nearestTo(0, pair).every(([x]) => x <= 500.001));
  assert.ok(nearestTo(1, pair).every(([x]) => x >= 499.999));
});

test("every spot within reach belongs to exactly the nearest middle", () => {
  const middles: Point[] = [[0, 0], [900, 200], [300, 1100], [-700, 600], [1500, 1500]];
  const rings = middles.map((_, index) => nearestTo(index, middles));
  for (let x = -1000; x <= 2000; x += 173) {
    for (let y = -900; y <= 2400; y += 181) {
      const distances = middles.map(([mx, my]) => Math.hypot(mx - x, my - y));
      const nearest = distances.indexOf(Math.min(...distances));
      if (distances[nearest]! > 1480) continue;
      assert.deepEqual(rings.map((ring) => inside(ring, x, y)), middles.map((_, index) => index === nearest), `${x} ${y}`);
    }
  }
});

function inside(ring: Ring, x: number, y: number): boolean {
  const sides = ring.map(([ax, ay], position) => {
    const [bx, by] = ring[(position + 1) % ring.length]!;
    return (bx - ax) * (y - ay) - (by - ay) * (x - ax);
  });
  return sides.every((side) => side >= 0) || sides.every((side) => side <= 0);
}

test("a degree of latitude is longer than one of longitude, and north is up", () => {
  const flat = sheet([[-71.1, 42.3], [-71.0, 42.4]]);
  const [east, south] = flat([-71.0, 42.3]);
  near(east, 8230, 20);
  near(south, 11132, 1);
  assert.deepEqual(flat([-71.1, 42.4]), [0, 0]);
});

test("an outline is drawn as it is, holes and islands too", () => {
  const square = (west: number): Ring => [[west, 42], [west + 0.01, 42], [west + 0.01, 42.01], [west, 42.01], [west, 42]];
  const [one] = shapes([{ properties: "a", geometry: { type: "MultiPolygon", coordinates: [[square(-71)], [square(-70.9)]] } }]);
  assert.equal(one!.rings.length, 2);
  assert.match(path(one!.rings), /^M[^MZ]*ZM[^MZ]*Z$/);
  const box = bounds([one!], 100);
  assert.ok(box.width > 8000 && box.height > 1100);
});

test("names that would cover one another give way to the first", () => {
  const at = (facts: string, x: number) => ({ facts, rings: [], middle: [x, 0] as Point });
  const written = readable([at("Dudley Square", 0), at("Mission Hill", 200), at("Mattapan", 9000)], (name) => name, 300);
  assert.deepEqual([...written], ["Dudley Square", "Mattapan"]);
});
