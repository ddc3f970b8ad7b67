import assert from "node:assert/strict";
import { test } from "node:test";
import { isOurs } from "./session";

test("only an address of one of our pages is followed after signing in", () => {
  for (const ours of ["/board", "/report?from=2026-11-02&until=2026-11-08", "/crew/", "/releases", "/password"]) assert.ok(isOurs(ours), ours);
  for (const other of ["", "/", "/boards", "//evil.example", "/board//evil.example", "/\\evil.example", "https://evil.example/board", "board"]) {
    assert.ok(!isOurs(other), other);
  }
});
