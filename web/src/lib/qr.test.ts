import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { qr } from "./qr";

const drawn = (text: string): string => qr(text).map((row) => row.map((dark) => (dark ? "1" : "0")).join("")).join("\n");

/* Both were read back by an independent reader, as were 22 others of up to 213 bytes, when this was written. */
test("a short word is the code that readers read", () => {
  assert.equal(createHash("sha256").update(drawn("OUTREACH")).digest("hex"), "10b8a41e8e3286ef5de0ba1140f23c7b59307b45aa56413ce4134561a19f261f");
});

test("an authenticator's address, of version 6 and four blocks, is the code that readers read", () => {
  const address = "otpauth://totp/Outreach%3Aana?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Outreach";
  assert.equal(createHash("sha256").update(drawn(address)).digest("hex"), "6042552cf2f06d70420f4449f1b4d6a8d50a1afd780d6b4481fc3f27e61c9a14");
});

test("every size has its three corners and its one dark square", () => {
  for (const length of [14, 26, 42, 62, 84, 106, 122, 152, 180, 213]) {
    const rows = drawn("x".repeat(length)).split("\n");
    const version = (rows.length - 17) / 4;
    assert.ok(Number.isInteger(version) && version >= 1 && version <= 10);
    for (const row of [rows[0], rows[6]]) assert.ok(row?.startsWith("11111110") && row.endsWith("01111111"));
    assert.equal(rows[rows.length - 8]?.[8], "1");
  }
});

test("more than fits is refused", () => {
  assert.throws(() => qr("x".repeat(214)), /too many/);
});
