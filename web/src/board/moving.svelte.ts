/** A stop on its way to another time, van or day: where it would be, and what the server's judge says of that. */
import { api } from "$lib/api";
import { clock, minutes } from "$lib/clock";
import { sentence } from "$lib/words";
import { against, type Against } from "./clash";
import { desk, wasChanged } from "./desk.svelte";
import type { EditVerdict, Plan, Stop, VanDay } from "./shapes";

export interface Place {
  starts: number;
  length: number;
  van: number;
  day: string;
}

export interface Said {
  reason: string;
  bridge: string;
  contact: string;
}

/** A stop where it would be, and what is against that. */
export interface Moved {
  van: string;
  site: string;
  starts: number;
  ends: number;
  against: Against;
}

/** Services start on the clock that people are told. */
export const step = 5;
export const onStep = (at: number): number => Math.round(at / step) * step;

class Moving {
  uid = $state<string | null>(null);
  /** Where it is in the plan shown, and where it would be. */
  from = $state.raw<Place>({ starts: 0, length: 0, van: 0, day: "" });
  to = $state.raw<Place>({ starts: 0, length: 0, van: 0, day: "" });
  verdict = $state.raw<EditVerdict | null>(null);
  /** Why the judge could not be asked. */
  trouble = $state("");
  asking = $state(false);
  /** The plan it was taken up from, even where the page was told of another one since. */
  private madeOn = "";
  private again = false;

  get stop(): { stop: Stop; vanDay: VanDay } | null {
    return this.uid === null ? null : desk.find(this.uid);
  }
  get changed(): boolean {
    const [a, b] = [this.from, this.to];
    return a.starts !== b.starts || a.length !== b.length || a.van !== b.van || a.day !== b.day;
  }
  get shorter(): boolean {
    return this.to.length < this.from.length;
  }
  /** Only a person may give up a session with refills due, and says first how people get over it. */
  get needsBridge(): boolean {
    const due = (this.stop?.stop.refills_due ?? 0) > 0;
    return due && (this.shorter || (this.verdict?.broken.some((one) => one.rule === "refills") ?? false));
  }
  /** What stands in the way, refills aside: those ask for a bridge. */
  get broken(): EditVerdict["broken"] {
    return (this.verdict?.broken ?? []).filter((one) => one.rule !== "refills");
  }

  /** For saying what is in the way, by the plan that is changed. */
  get moved(): Moved {
    const { starts, length, van, day } = this.to;
    const ends = starts + length;
    const beside = desk.changeable?.van_days?.find((one) => one.van.id === van && one.date === day)?.stops ?? [];
    const named = desk.vans.find((one) => one.id === van)?.name ?? "";
    return { van: named, site: this.stop?.stop.site.name ?? "", starts, ends, against: against({ uid: this.uid ?? "", starts, ends }, beside, this.broken) };
  }

  begin(stop: Stop, vanDay: VanDay): void {
    if (this.uid === stop.uid) return;
    const starts = minutes(stop.starts);
    this.uid = stop.uid;
    this.madeOn = desk.schedule?.mark ?? "";
    this.from = { starts, length: minutes(stop.ends) - starts, van: vanDay.van.id, day: vanDay.date };
    this.to = this.from;
    [this.verdict, this.trouble] = [null, ""];
  }

  /** Puts it somewhere else, and asks what that would do. */
  put(change: Partial<Place>): void {
    const next = { ...this.to, ...change };
    next.starts = Math.min(1795, Math.max(0, onStep(next.starts)));
    next.length = Math.min(1440, Math.max(15, onStep(next.length)));
    if (JSON.stringify(next) === JSON.stringify(this.to)) return;
    this.to = next;
    void this.ask();
  }

  stay(): void {
    this.uid = null;
    [this.verdict, this.trouble] = [null, ""];
  }

  /** One question at a time: the latest place is asked for when the answer to an earlier one is in. */
  private async ask(): Promise<void> {
    if (this.asking) {
      this.again = true;
      return;
    }
    this.asking = true;
    do {
      this.again = false;
      const [uid, to] = [this.uid, this.to];
      if (uid === null) break;
      try {
        const edit = { uid, starts: clock(to.starts), minutes: to.length, van_id: to.van, date: to.day };
        const verdict = await api.post<EditVerdict>("/dispatch/schedule/check", { edits: [edit] });
        if (this.uid === uid) [this.verdict, this.trouble] = [verdict, ""];
      } catch (failure) {
        if (this.uid === uid) [this.verdict, this.trouble] = [null, sentence(failure)];
      }
    } while (this.again);
    this.asking = false;
  }

  /** Into the draft. The answer takes it back: what it was before, in the same manner. */
  async save(said: Said): Promise<() => Promise<void>> {
    const [uid, before, fresh] = [this.uid, this.from, !desk.schedule?.draft];
    if (uid === null) return async () => undefined;
    const told = { reason: this.stop?.stop.reason ?? "", bridge: this.stop?.stop.bridge ?? "", contact: this.stop?.stop.contact ?? "" };
    try {
      await send(uid, this.to, said, this.madeOn);
    } catch (failure) {
      if (wasChanged(failure)) this.stay();
      throw failure;
    }
    this.stay();
    return async () => {
      if (!fresh) return send(uid, before, told);
      await desk.change("/dispatch/schedule/draft");
      await desk.loadSchedule();
      desk.look("published");
    };
  }
}

async function send(uid: string, to: Place, said: Said, madeOn?: string): Promise<void> {
  const where = { starts: clock(to.starts), minutes: to.length, van_id: to.van, date: to.day };
  desk.drafted(await desk.change<Plan>(`/dispatch/stops/${uid}/move`, { ...where, ...said }, madeOn));
  desk.choose(uid);
}

export const moving = new Moving();
