/**
 * Sending what the tablet saved. `pushAll` empties the outbox batch by batch; `Sender` decides when to try.
 * A record leaves the outbox only on a receipt that names it; every other outcome leaves everything where it is.
 */
import type { CrewEvent } from "./events";
import type { Answer, Failure, Office, Pushed } from "./office";
import { countWaiting, nextBatch, queueAgain, settle } from "./outbox";
import type { Receipt, Tablet } from "./tablet";

/** `sent`: nothing waits any more. Otherwise why records still wait. */
export type Outcome = "sent" | Failure;

export type Push = Pick<Office, "push">["push"];

const FIRST_WAIT = 3_000;
const LONGEST_WAIT = 60_000;

/** Send everything that waits, oldest first. */
export async function pushAll(tablet: Tablet, push: Push): Promise<Outcome> {
  const device = await tablet.device();
  for (;;) {
    const batch = await nextBatch(tablet);
    if (batch.length === 0) return "sent";
    const outcome = await sendBatch(tablet, device, batch, push);
    if (outcome !== "sent") return outcome;
  }
}

async function sendBatch(tablet: Tablet, device: string, batch: CrewEvent[], push: Push): Promise<Outcome> {
  const answer = await push(device, batch);
  if (answer.ok) return takeReceipts(tablet, batch, answer);
  if (answer.why !== "refused") return answer.why;
  return batch.length > 1 ? sendHalves(tablet, device, batch, push) : setAside(tablet, batch, answer.message);
}

/** The office refused the message as a whole. Send halves, so that one bad record never blocks the good ones. */
async function sendHalves(tablet: Tablet, device: string, batch: CrewEvent[], push: Push): Promise<Outcome> {
  const middle = Math.ceil(batch.length / 2);
  const first = await sendBatch(tablet, device, batch.slice(0, middle), push);
  return first === "sent" ? sendBatch(tablet, device, batch.slice(middle), push) : first;
}

/** One record the office will not even hold: it stays on this tablet, shown as held, and in every export. */
async function setAside(tablet: Tablet, [event]: CrewEvent[], message: string): Promise<Outcome> {
  await settle(tablet, [{ id: event!.id, state: "held", reason: message, sequence: null }]);
  return "sent";
}

async function takeReceipts(tablet: Tablet, batch: CrewEvent[], answer: Answer<Pushed> & { ok: true }): Promise<Outcome> {
  const asked = new Set(batch.map((event) => event.id));
  const receipts = answer.value.receipts.filter((receipt: Receipt) => asked.has(receipt.id));
  await settle(tablet, receipts);
  await noteEpoch(tablet, answer.value.epoch);
  return receipts.length > 0 ? "sent" : "trouble"; // an answer for none of ours: try later rather than for ever
}

/** A new epoch means the office was restored from a copy: send again all we still have; doubles are folded there. */
async function noteEpoch(tablet: Tablet, epoch: string): Promise<void> {
  const known = await tablet.note<string>("epoch");
  if (known === epoch) return;
  await tablet.keepNote("epoch", epoch);
  if (known !== undefined) await queueAgain(tablet);
}

export interface Clockwork {
  after(milliseconds: number, act: () => void): () => void;
}

const browserClock: Clockwork = {
  after(milliseconds, act) {
    const timer = setTimeout(act, milliseconds);
    return () => clearTimeout(timer);
  },
};

/**
 * Tries to send at every sign of hope (a save, the network coming back, the page coming to the front) and every few
 * seconds while something waits, slower and slower up to a minute. Never two attempts at once in one page.
 */
export class Sender {
  private busy: Promise<Outcome> | null = null;
  private again = false;
  private wait = FIRST_WAIT;
  private cancelTimer: () => void = () => {};

  constructor(
    private readonly tablet: Tablet,
    private readonly push: Push,
    private readonly told: (outcome: Outcome) => void,
    private readonly clock: Clockwork = browserClock,
  ) {}

  /** Try now. Joins an attempt under way and then tries once more, for what was saved meanwhile. */
  async nudge(): Promise<Outcome> {
    this.wait = FIRST_WAIT;
    return this.attempt();
  }

  stop(): void {
    this.cancelTimer();
  }

  private async attempt(): Promise<Outcome> {
    if (this.busy) {
      this.again = true;
      return this.busy;
    }
    this.cancelTimer();
    this.busy = this.untilQuiet();
    try {
      return await this.busy;
    } finally {
      this.busy = null;
    }
  }

  private async untilQuiet(): Promise<Outcome> {
    let outcome: Outcome;
    do {
      this.again = false;
      outcome = await oneTabAtATime(() => pushAll(this.tablet, this.push));
    } while (this.again && outcome === "sent");
    this.told(outcome);
    if (outcome !== "sent" && (await countWaiting(this.tablet)) > 0) this.tryLater();
    return outcome;
  }

  private tryLater(): void {
    this.cancelTimer = this.clock.after(this.wait, () => void this.attempt());
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }
}

/** Two open tabs send in turn. Without the Locks API they may send the same record twice, which the office folds. */
async function oneTabAtATime(act: () => Promise<Outcome>): Promise<Outcome> {
  const locks = globalThis.navigator?.locks as LockManager | undefined;
  return locks ? locks.request("outreach-push", act) : act();
}
