import assert from "node:assert/strict";
import { test } from "node:test";
import { notesOf, providersOf } from "./places";

const open = (name: string, service: string, weekday: number, opens = "09:00", closes = "17:00", lon = -71.07) => ({ name, lon, lat: 42.33, service, weekday, opens, closes });

test("a provider stands once, with the weekdays of the same hours told together", () => {
  const [clinic, ...others] = providersOf([open("Clinic", "kits", 2), open("Clinic", "kits", 0), open("Clinic", "kits", 5, "10:00", "12:00"), open("Clinic", "wound care", 0)]);
  assert.deepEqual(others, []);
  assert.deepEqual(clinic?.offers, [
    { service: "kits", weekdays: [0, 2], opens: "09:00", closes: "17:00" },
    { service: "kits", weekdays: [5], opens: "10:00", closes: "12:00" },
    { service: "wound care", weekdays: [0], opens: "09:00", closes: "17:00" },
  ]);
});

test("two places of one provider are two", () => {
  assert.equal(providersOf([open("Clinic", "kits", 0), open("Clinic", "kits", 0, "09:00", "17:00", -71.1)]).length, 2);
});

test("notes are those of sites in use and of alerts, and nothing where none was written", () => {
  const site = (id: number, note: string, status: "active" | "retired" = "active") => ({ id, name: `Site ${id}`, lon: 0, lat: 0, note, status });
  const alert = { id: 7, kind: "spike", lon: 1, lat: 1, note: "Three in one block" } as const;
  const noted = notesOf([site(1, "Gate code at the desk"), site(2, " "), site(3, "gone", "retired")], [alert, { ...alert, id: 8, note: "" }], (kind) => `an alert: ${kind}`);
  assert.deepEqual(noted.map((one) => one.key), ["site 1", "alert 7"]);
  assert.equal(noted[1]?.name, "an alert: spike");
});
