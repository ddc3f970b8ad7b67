/**
 * The crew page's state: who, which van, which day, what is recorded, and how the line to the office stands.
 * What is on screen comes from IndexedDB by live queries, so nothing is counted that is not saved.
 */
import { liveQuery, type Subscription } from "dexie";
import { goBy, plusDays, today, wall } from "$lib/clock";
import { show, theme } from "$lib/theme.svelte";
import { elsewhere, standing, type Standing } from "./elsewhere";
import { record, takeBack, type CrewEvent, type Kind, type Payloads } from "./events";
import { office, type Bundle, type Failure, type Person, type Stop, type VanDay } from "./office";
import { asFile, clearOld, countWaiting, heldEvents, recordedFor, save, type Held } from "./outbox";
import { addUp, EMPTY, type StopRecord } from "./record";
import { changes, kept, refresh, vanDay, type Change } from "./schedule";
import { statusOf, type Status } from "./status";
import { isDark } from "./sun";
import { Sender, type Outcome } from "./sync";
import { askToKeep, Tablet, type KeptBundle } from "./tablet";

interface Choice {
  date: string;
  van: number;
}

interface Seen {
  version: number;
  day: VanDay | null;
}

const REFRESH_EVERY = 5 * 60_000;
/** Where a password of one's own is chosen, and what else is still missing is set up. */
const FRONT_DOOR = "/?next=/crew";
const crewRoles = ["crew", "clinician", "device", "dispatch", "admin"];

export class CrewPage {
  started = $state(false);
  person = $state<Person | null>(null);
  date = $state(today());
  van = $state<number | null>(null);
  schedule = $state.raw<KeptBundle | null>(null);
  events = $state.raw<CrewEvent[]>([]);
  waiting = $state(0);
  held = $state.raw<Held[]>([]);
  last = $state<Outcome | null>(null);
  online = $state(navigator.onLine);
  workerReady = $state(false);
  saveFailed = $state(false);
  clockError = $state<number | null>(null);
  fetching = $state(false);
  private seen = $state.raw<Seen | null>(null);

  readonly bundle: Bundle | null = $derived(this.schedule?.bundle ?? null);
  readonly labels: Pick<Bundle, "items" | "skip_reasons"> = $derived(this.bundle ?? { items: [], skip_reasons: [] });
  readonly day: VanDay | null = $derived(this.bundle && this.van !== null ? (vanDay(this.bundle, this.van) ?? null) : null);
  readonly records: Map<string, StopRecord> = $derived(addUp(this.events));
  readonly changes: Change[] = $derived(this.seen ? changes(this.seen.day ?? undefined, this.day ?? undefined) : []);
  readonly ready: boolean = $derived(this.workerReady && this.schedule !== null);
  readonly status: Status = $derived(
    statusOf({
      waiting: this.waiting,
      last: this.last,
      online: this.online,
      ready: this.ready,
      saveFailed: this.saveFailed,
    }),
  );

  private readonly tablet = new Tablet();
  private readonly sender = new Sender(this.tablet, office.push, (outcome) => (this.last = outcome));
  private recorded: Subscription | null = null;
  private acknowledging: number | null = null;

  /** Open what the tablet holds, then look for the office. Works the same with and without signal. */
  async start(): Promise<void> {
    await this.openKept();
    this.watchTablet();
    this.watchSignal();
    this.watchSun();
    void askToKeep();
    this.started = true;
    await this.meetOffice();
    void this.watchWorker(); // after the schedule: on a slow line the stops come first
    await clearOld(this.tablet, new Date());
  }

  recordOf(uid: string): StopRecord {
    return this.records.get(uid) ?? EMPTY;
  }

  /** How a stop stands, by this tablet's own word or another's. */
  standing(stop: Stop): Standing {
    return standing(this.recordOf(stop.uid), elsewhere(stop));
  }

  /** One tap: saved here first. Only the live query then counts it on screen; a failed save counts nothing. */
  async add<K extends Kind>(kind: K, subject: string | null, payload: Payloads[K]): Promise<boolean> {
    return this.keep(record(kind, subject, payload, new Date()));
  }

  undo(event: CrewEvent): Promise<boolean> {
    return this.keep(takeBack(event, new Date()));
  }

  async signIn(login: string, password: string): Promise<Failure | "not-crew" | null> {
    const answer = await office.signIn(login, password);
    if (!answer.ok) return answer.why;
    if (!crewRoles.includes(answer.value.role)) {
      await office.signOut();
      return "not-crew";
    }
    if (answer.value.enrolling) location.assign(FRONT_DOOR);
    else {
      await this.welcome(answer.value);
      await this.meetOffice();
    }
    return null;
  }

  /** Ends the log-in and clears the schedule; what was not sent stays and is never cleared. */
  async signOut(): Promise<boolean> {
    const answer = await office.signOut();
    if (!answer.ok && answer.why !== "signed-out") return false;
    await this.tablet.bundles.clear();
    await this.tablet.notes.where("name").anyOf("person", "choice").delete();
    this.person = null;
    this.schedule = null;
    this.van = null;
    return true;
  }

  async choose(date: string, van: number | null): Promise<void> {
    this.date = date;
    this.van = van;
    if (van === null) await this.tablet.notes.delete("choice");
    else await this.tablet.keepNote("choice", { date, van } satisfies Choice);
    await this.openDay();
    if (this.schedule === null) await this.fetchSchedule();
  }

  /** The crew has seen the plan as it now stands. */
  async acknowledge(): Promise<void> {
    const version = this.bundle?.version ?? null;
    if (version === null || this.van === null || this.acknowledging === version) return;
    this.acknowledging = version;
    const [name, seen] = [this.seenName(), { version, day: this.day }];
    if (await this.add("schedule.seen", null, { version })) {
      this.seen = seen;
      await this.tablet.keepNote(name, seen);
    }
    this.acknowledging = null;
  }

  async fetchSchedule(): Promise<void> {
    this.fetching = true;
    const answer = await refresh(this.tablet, office.bundle, this.date, new Date());
    if (answer.ok) this.clockError = answer.clockError;
    else this.last = answer.why;
    await this.openDay();
    this.fetching = false;
    if (answer.ok && this.date === today()) await refresh(this.tablet, office.bundle, plusDays(this.date, 1), new Date());
  }

  tryNow(): Promise<Outcome> {
    return this.sender.nudge();
  }

  async unsent(): Promise<CrewEvent[]> {
    const queue = await this.tablet.waiting.orderBy("order").toArray();
    const rows = await this.tablet.events.bulkGet(queue.map((entry) => entry.order));
    return rows.flatMap((row) => (row ? [row.event] : []));
  }

  async file(): Promise<{ name: string; text: string }> {
    const now = new Date();
    return { name: `outreach-tablet-${wall(now).day}.json`, text: await asFile(this.tablet, now) };
  }

  /** Dark after sunset where the stops are, unless somebody chose otherwise. */
  lookAtSun(): void {
    const here = this.day?.stops[0]?.site ?? this.bundle?.days[0]?.stops[0]?.site;
    if (theme() === "auto" && here) show(isDark(new Date(), here.lon, here.lat) ? "dark" : "light");
  }

  private async keep(event: CrewEvent): Promise<boolean> {
    try {
      await save(this.tablet, event);
    } catch {
      this.saveFailed = true;
      return false;
    }
    this.saveFailed = false;
    navigator.vibrate?.(15);
    void this.sender.nudge();
    return true;
  }

  private async openKept(): Promise<void> {
    const known = await this.tablet.note<Person>("person");
    if (known) this.goByCity(known);
    const choice = await this.tablet.note<Choice>("choice");
    const now = wall();
    const workday = now.minutes < 240 ? plusDays(now.day, -1) : now.day;
    if (choice && choice.date >= workday) ({ date: this.date, van: this.van } = choice);
    await this.openDay();
  }

  private async openDay(): Promise<void> {
    this.schedule = (await kept(this.tablet, this.date)) ?? null;
    this.seen = this.van === null ? null : ((await this.tablet.note<Seen>(this.seenName())) ?? null);
    this.watchRecords();
    if (this.day && this.seen?.version !== this.bundle?.version && this.changes.length === 0) await this.acknowledge();
  }

  private seenName(): string {
    return `seen ${this.date} ${this.van}`;
  }

  /** What waits goes first; then the schedule. A stranger's log-in and schedule are asked for at once: it is quicker. */
  private async meetOffice(): Promise<void> {
    if (this.person?.timezone) {
      await this.sender.nudge();
      return this.fetchSchedule();
    }
    const asked = this.date;
    const [known] = await Promise.all([this.isKnown(), this.fetchSchedule()]);
    if (known) await this.sender.nudge();
    if (known && this.date !== asked) await this.fetchSchedule(); // it is another day in the city than on the device
  }

  /** Signed in elsewhere in this browser, on the log-in page say: no need to ask again. */
  private async isKnown(): Promise<boolean> {
    const answer = await office.who();
    if (!answer.ok || !crewRoles.includes(answer.value.role)) return false;
    if (answer.value.enrolling) location.assign(FRONT_DOOR);
    await this.welcome(answer.value);
    return true;
  }

  private async welcome(person: Person): Promise<void> {
    await this.tablet.keepNote("person", { ...person });
    this.goByCity(person);
  }

  private goByCity(person: Person): void {
    goBy(person.timezone);
    if (this.van === null) this.date = today();
    this.person = person;
  }

  private watchTablet(): void {
    liveQuery(() => countWaiting(this.tablet)).subscribe((count) => (this.waiting = count));
    liveQuery(() => heldEvents(this.tablet)).subscribe((held) => (this.held = held));
  }

  private watchRecords(): void {
    const uids = this.day?.stops.map((stop) => stop.uid) ?? [];
    this.recorded?.unsubscribe();
    this.recorded = liveQuery(() => recordedFor(this.tablet, uids)).subscribe((events) => (this.events = events));
  }

  private watchSignal(): void {
    const look = (): void => {
      this.online = navigator.onLine;
      if (this.online && this.person) void this.meetOffice();
    };
    addEventListener("online", look);
    addEventListener("offline", () => (this.online = false));
    window.addEventListener("pageshow", (event: PageTransitionEvent) => event.persisted && look());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look());
    setInterval(() => document.visibilityState === "visible" && look(), REFRESH_EVERY);
  }

  private watchSun(): void {
    $effect.root(() => {
      $effect(() => this.lookAtSun());
    });
    setInterval(() => this.lookAtSun(), 60_000);
  }

  private async watchWorker(): Promise<void> {
    if (import.meta.env.DEV || !("serviceWorker" in navigator)) return;
    await navigator.serviceWorker.register("/crew/sw.js", { scope: "/crew" }).catch(() => undefined);
    const registration = await navigator.serviceWorker.ready;
    const worker = registration.active;
    const look = (): void => void (this.workerReady = worker?.state === "activated");
    worker?.addEventListener("statechange", look);
    look();
  }
}
