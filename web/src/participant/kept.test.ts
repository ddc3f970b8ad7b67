import assert from "node:assert/strict";
import { test } from "node:test";
import { standing, type Consent } from "./kept";

const given: Consent = { scope: "funder", given_on: "2025-11-24", expires_on: "2026-11-24", revoked_at: null };

test("a consent holds up to and with its last day, unless it was taken back", () => {
  assert.equal(standing([given], "funder", "2026-11-24").state, "holds");
  assert.equal(standing([given], "funder", "2026-11-25").state, "expired");
  assert.equal(standing([{ ...given, revoked_at: "2026-01-01T00:00:00.000Z" }], "funder", "2026-11-24").state, "revoked");
  assert.equal(standing([given], "research", "2026-11-24").state, "none");
});

test("the newest of a scope counts", () => {
  const older = { ...given, revoked_at: "2026-01-01T00:00:00.000Z" };
  assert.equal(standing([given, older], "funder", "2026-11-24").state, "holds");
});
