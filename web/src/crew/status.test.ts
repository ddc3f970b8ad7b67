import assert from "node:assert/strict";
import { test } from "node:test";
import { statusOf, type Situation } from "./status";

const calm: Situation = { waiting: 0, last: "sent", online: true, ready: true, saveFailed: false };
const key = (now: Partial<Situation>) => statusOf({ ...calm, ...now }).key;

test("the strip says all is sent only after the office said so", () => {
  assert.equal(key({}), "statusSent");
  assert.equal(key({ last: null }), "statusIdle");
});

test("while anything waits the strip never says it was sent", () => {
  for (const last of [null, "sent", "no-signal", "signed-out", "not-allowed", "refused", "trouble"] as const) {
    for (const online of [true, false]) {
      const status = statusOf({ ...calm, waiting: 3, last, online });
      assert.ok(!["statusSent", "statusIdle", "statusQuiet"].includes(status.key), `${last} ${online}`);
      assert.equal(status.count, 3);
      assert.notEqual(status.tone, "good");
    }
  }
});

test("it says why records still wait", () => {
  assert.equal(key({ waiting: 1, online: false }), "statusNoSignal");
  assert.equal(key({ waiting: 1, last: "no-signal" }), "statusNoSignal");
  assert.equal(key({ waiting: 1, last: "signed-out" }), "statusSignedOut");
  assert.equal(key({ waiting: 1, last: "signed-out", online: false }), "statusNoSignal");
  assert.equal(key({ waiting: 1, last: "trouble" }), "statusTrouble");
  assert.equal(key({ waiting: 1, last: "sent" }), "statusSending");
});

test("a tap that could not be saved comes before everything else", () => {
  assert.equal(key({ saveFailed: true, waiting: 9, online: false }), "statusSaveFailed");
});

test("it warns before the tablet leaves the signal unprepared", () => {
  assert.equal(key({ ready: false }), "statusNotReady");
});

test("no signal and nothing waiting is calm but said", () => {
  assert.equal(key({ online: false }), "statusQuiet");
  assert.equal(key({ last: "no-signal" }), "statusQuiet");
});
