import assert from "node:assert/strict";
import { test } from "node:test";
import { apart } from "./apart";

const at = (x: number, y = 0) => ({ x, y, width: 10, height: 10 });

test("what would cover something shown before it gives way, and what gave way hides nothing", () => {
  assert.deepEqual(apart([at(0), at(8), at(16), at(0, 5)]), [true, false, true, false]);
});

test("edges that only touch cover nothing", () => {
  assert.deepEqual(apart([at(0), at(10), at(0, 10)]), [true, true, true]);
});
