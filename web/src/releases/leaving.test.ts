import assert from "node:assert/strict";
import { test } from "node:test";
import { step, type Export } from "./leaving";

const NOW = Date.parse("2026-11-24T12:00:00Z");
const asked: Export = {
  id: 1, kind: "visits", scope: null, recipient_kind: "funder", recipient: "State", purpose: "Count", from_date: "2026-11-01", until_date: "2026-11-20",
  asked_at: "2026-11-23T12:00:00.000Z", asked_by: "Mia", yours: true, approved_at: null, approved_by: null, declined_at: null, declined_by: null,
  good_until: "2026-11-30T12:00:00.000Z", handed_at: null, rows: null, digest: null,
};
const at = (part: Partial<Export>): string => step({ ...asked, ...part }, NOW);

test("an export goes from asked to approved to handed over", () => {
  assert.equal(at({}), "waiting");
  assert.equal(at({ approved_at: "2026-11-24T11:00:00.000Z" }), "approved");
  assert.equal(at({ approved_at: "2026-11-24T11:00:00.000Z", handed_at: "2026-11-24T11:30:00.000Z" }), "handed");
});

test("it ends when it is declined or its week is over, approved or not, and a file that left stays handed over", () => {
  assert.equal(at({ declined_at: "2026-11-24T11:00:00.000Z" }), "declined");
  assert.equal(at({ good_until: "2026-11-24T11:59:59.000Z" }), "over");
  assert.equal(at({ good_until: "2026-11-24T11:59:59.000Z", approved_at: "2026-11-17T11:59:59.000Z" }), "over");
  assert.equal(at({ good_until: "2026-11-24T11:59:59.000Z", handed_at: "2026-11-20T11:00:00.000Z" }), "handed");
});
