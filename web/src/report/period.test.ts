import assert from "node:assert/strict";
import { test } from "node:test";
import { fromAddress, releaseFrom } from "./period";

test("a release in the address is a number, and nothing else opens one", () => {
  assert.equal(releaseFrom("?release=7"), 7);
  for (const query of ["", "?release=", "?release=0", "?release=-1", "?release=7x", "?from=2026-11-01&until=2026-11-07"]) {
    assert.equal(releaseFrom(query), null, query);
  }
  assert.equal(fromAddress("?release=7"), null);
});
