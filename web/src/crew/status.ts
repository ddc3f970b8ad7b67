/** The status strip's one true sentence: what is saved here, whether it was sent, and if not, why not. Pure. */
import type { Outcome } from "./sync";

export interface Situation {
  waiting: number;
  /** How the last attempt to reach the office ended; null before the first. */
  last: Outcome | null;
  online: boolean;
  /** The page and the schedule are on this tablet. */
  ready: boolean;
  saveFailed: boolean;
}

export type Tone = "good" | "wait" | "bad";
export type StatusKey =
  | "statusSent"
  | "statusIdle"
  | "statusQuiet"
  | "statusSending"
  | "statusNoSignal"
  | "statusSignedOut"
  | "statusNotAllowed"
  | "statusTrouble"
  | "statusNotReady"
  | "statusSaveFailed";

export interface Status {
  tone: Tone;
  key: StatusKey;
  count: number;
}

const reasons = {
  "no-signal": "statusNoSignal",
  "signed-out": "statusSignedOut",
  "not-allowed": "statusNotAllowed",
  refused: "statusTrouble",
  trouble: "statusTrouble",
} as const;

/** The worst thing first: a lost tap, then unsent records, then a tablet that is not ready, then quiet. */
export function statusOf(now: Situation): Status {
  if (now.saveFailed) return { tone: "bad", key: "statusSaveFailed", count: now.waiting };
  if (now.waiting > 0) return waiting(now);
  if (!now.ready) return { tone: "wait", key: "statusNotReady", count: 0 };
  if (!now.online || now.last === "no-signal") return { tone: "good", key: "statusQuiet", count: 0 };
  return { tone: "good", key: now.last === "sent" ? "statusSent" : "statusIdle", count: 0 };
}

function waiting(now: Situation): Status {
  const why = now.last === null || now.last === "sent" ? null : reasons[now.last];
  if (why && why !== "statusNoSignal" && now.online) return { tone: why === "statusTrouble" ? "wait" : "bad", key: why, count: now.waiting };
  if (!now.online || why === "statusNoSignal") return { tone: "wait", key: "statusNoSignal", count: now.waiting };
  return { tone: "wait", key: "statusSending", count: now.waiting };
}
