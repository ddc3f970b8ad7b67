import assert from "node:assert/strict";
import { test } from "node:test";
import { clockError, office } from "./office";

async function pushWith(response: Response | Error) {
  const real = globalThis.fetch;
  globalThis.fetch = async () => {
    if (response instanceof Error) throw response;
    return response;
  };
  try {
    return await office.push("tablet-1", []);
  } finally {
    globalThis.fetch = real;
  }
}

const problem = (status: number, detail = "No.") => Response.json({ title: "x", status, detail }, { status });

test("a captive portal's cheerful page is no signal, never a receipt", async () => {
  const portal = await pushWith(new Response("<html>Welcome to Hotel WiFi</html>", { status: 200 }));
  assert.deepEqual(portal, { ok: false, why: "no-signal", message: "" });
});

test("a portal that speaks JSON is no signal either", async () => {
  const portal = await pushWith(Response.json({ welcome: true }));
  assert.equal(portal.ok, false);
});

test("a receipt in a state we do not know is not taken for stored", async () => {
  const odd = await pushWith(Response.json({ epoch: "e", receipts: [{ id: "1", state: "maybe", reason: null, sequence: 1 }] }));
  assert.equal(odd.ok, false);
});

test("each status has its plain meaning", async () => {
  const why = async (response: Response | Error) => {
    const answer = await pushWith(response);
    return answer.ok ? "ok" : answer.why;
  };
  assert.equal(await why(new TypeError("Failed to fetch")), "no-signal");
  assert.equal(await why(problem(401)), "signed-out");
  assert.equal(await why(problem(403)), "not-allowed");
  assert.equal(await why(problem(422)), "refused");
  assert.equal(await why(problem(429)), "trouble");
  assert.equal(await why(problem(503)), "trouble");
  assert.equal(await why(new Response("Bad Gateway", { status: 502 })), "trouble");
  assert.equal(await why(new Response("blocked by proxy", { status: 403 })), "no-signal");
});

test("an enrolled tablet renews its short log-in by itself and asks again", async () => {
  const real = globalThis.fetch;
  const asked: string[] = [];
  globalThis.fetch = async (address) => {
    asked.push(String(address).replace("/api/v1", ""));
    if (asked.length === 1) return problem(401);
    return Response.json(asked.length === 2 ? { login: "tablet-1-1" } : { receipts: [], epoch: "e" });
  };
  try {
    const answer = await office.push("tablet-1", []);
    assert.equal(answer.ok, true);
    assert.deepEqual(asked, ["/crew/events", "/device/token", "/crew/events"]);
  } finally {
    globalThis.fetch = real;
  }
});

test("a wrong password is not asked again with a tablet's secret", async () => {
  const real = globalThis.fetch;
  let times = 0;
  globalThis.fetch = async () => {
    times += 1;
    return problem(401);
  };
  try {
    await office.signIn("ana", "wrong");
    assert.equal(times, 1);
  } finally {
    globalThis.fetch = real;
  }
});

test("a proper answer is passed on whole", async () => {
  const receipt = { id: "1", state: "stored", reason: null, sequence: 12 };
  const answer = await pushWith(Response.json({ receipts: [receipt], epoch: "e" }));
  assert.deepEqual(answer.ok && answer.value, { receipts: [receipt], epoch: "e" });
});

test("the clock's error is measured from the middle of the round trip", () => {
  const server = Date.parse("Mon, 23 Nov 2026 17:00:00 GMT");
  assert.equal(clockError("Mon, 23 Nov 2026 17:00:00 GMT", server + 419_000, server + 421_000), 420);
  assert.equal(clockError(null, 0, 0), null);
  assert.equal(clockError("nonsense", 0, 0), null);
});
