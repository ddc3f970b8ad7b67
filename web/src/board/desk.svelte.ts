/** What the coordinator has on the desk: the programme as last told by the server, and what is being looked at. */
import { api, Refusal, withQuery } from "$lib/api";
import { plusDays } from "$lib/clock";
import { tell } from "$lib/components";
import { sentence } from "$lib/words";
import { notesOf, providersOf, type Noted, type Provider } from "./places";
import type { Alert, AreaMap, Basemap, City, Due, Explained, Member, Place, Plan, RiskMap, Run, Schedule, Site, Stop, Van, VanDay, Version } from "./shapes";
import { alertName, t } from "./words";

export type Shown = "published" | "draft" | "trial";
export type Tab = "schedule" | "unserved" | "plan" | "people" | "alerts" | "data";

/** Somebody else changed the schedule since this page was told of it. */
export const wasChanged = (reason: unknown): reason is Refusal => reason instanceof Refusal && reason.code === "changed-meanwhile";

class Desk {
  city = $state.raw<City | null>(null);
  basemap = $state.raw<Basemap | null>(null);
  areas = $state.raw<AreaMap | null>(null);
  risk = $state.raw<RiskMap | null>(null);
  sites = $state.raw<Site[]>([]);
  staff = $state.raw<Member[]>([]);
  vans = $state.raw<Van[]>([]);
  alerts = $state.raw<Alert[]>([]);
  runs = $state.raw<Run[]>([]);
  versions = $state.raw<Version[]>([]);
  schedule = $state.raw<Schedule | null>(null);
  /** Who is due back, and whether the plan shown lets them come. */
  due = $state.raw<Due[]>([]);
  /** A run's plan being looked at, not published. */
  trial = $state.raw<Plan | null>(null);
  trouble = $state("");
  private told = 0;

  tab = $state<Tab>("schedule");
  shown = $state<Shown>("published");
  day = $state("");
  stop = $state<string | null>(null);
  site = $state<number | null>(null);
  /** Waiting for a press on the map: where the new site or alert is. */
  pointing = $state<"site" | "alert" | null>(null);
  point = $state.raw<Place | null>(null);
  layers = $state({ risk: true, plan: true, sites: false, providers: false, notes: false });
  /** The hexagon under the pointer. */
  cell = $state.raw<{ per_week_km2: number; lower: number; upper: number } | null>(null);
  /** Why the hexagon that was pressed is as high as it is. */
  explained = $state.raw<Explained | null>(null);
  /** The provider or the note that is being read. */
  reading = $state.raw<Provider | Noted | null>(null);
  /** The place in the middle of the free part of the map; the map puts it here. */
  middle: () => Place = () => this.city?.center ?? [0, 0];

  get plan(): Plan | null {
    if (this.shown === "trial") return this.trial;
    return (this.shown === "draft" ? this.schedule?.draft : null) ?? this.schedule?.published ?? null;
  }

  /** The plan that a change is made to. */
  get changeable(): Plan | null {
    return this.schedule?.draft ?? this.schedule?.published ?? null;
  }

  /** What the map is fitted to: the city, or its sites and bases while no streets have been imported. */
  get extent(): [west: number, south: number, east: number, north: number] {
    const [west, south, east, north] = this.city?.bounds ?? [-180, -85, 180, 85];
    const known = [...this.sites, ...this.vans];
    if (east - west < 5 || known.length === 0) return [west, south, east, north];
    const [lons, lats] = [known.map((one) => one.lon), known.map((one) => one.lat)];
    const edge = 0.01;
    return [Math.min(...lons) - edge, Math.min(...lats) - edge, Math.max(...lons) + edge, Math.max(...lats) + edge];
  }

  get days(): string[] {
    const plan = this.plan;
    if (!plan) return [];
    const count = Math.round((Date.parse(plan.until_date) - Date.parse(plan.from_date)) / 86_400_000) + 1;
    return [...Array(Math.max(0, count)).keys()].map((index) => plusDays(plan.from_date, index));
  }

  get vanDays(): VanDay[] {
    return (this.plan?.van_days ?? []).filter((one) => one.date === this.day);
  }

  /** Where a van's colour comes from: its place among all vans, the same on map, bars and lists. */
  colourOf(vanId: number): number {
    const place = this.vans.findIndex((van) => van.id === vanId);
    return ((place < 0 ? vanId - 1 : place) % 7) + 1;
  }

  find(uid: string | null): { stop: Stop; vanDay: VanDay } | null {
    for (const vanDay of this.plan?.van_days ?? []) {
      const stop = vanDay.stops.find((one) => one.uid === uid);
      if (stop) return { stop, vanDay };
    }
    return null;
  }

  /** A plan that is only looked at cannot be changed, nor can what is cancelled. */
  movable(stop: Stop): boolean {
    return this.plan === this.changeable && stop.state !== "cancelled";
  }

  get providers(): Provider[] {
    return providersOf(this.city?.providers ?? []);
  }
  get notes(): Noted[] {
    return notesOf(this.sites, this.alerts, alertName);
  }

  /** One thing is read over the map at a time. */
  read(one: Provider | Noted | null): void {
    [this.reading, this.explained] = [one, null];
  }

  /** The same stop chosen on the map, the timetable and the list. */
  choose(uid: string | null): void {
    const found = this.find(uid);
    this.stop = found ? uid : null;
    this.site = null;
    if (!found) return;
    this.day = found.vanDay.date;
    this.tab = "schedule";
  }

  /** A site on the map: its stop on the chosen day, or the reason why it has none. */
  showSite(id: number): void {
    const stop = this.vanDays.flatMap((one) => one.stops).find((one) => one.site.id === id);
    if (stop) return this.choose(stop.uid);
    this.stop = null;
    this.site = id;
    this.tab = "unserved";
  }

  zoom: (by: number) => void = () => undefined;
  fit: () => void = () => undefined;

  /** Looks at another plan, on the same day where it has one. */
  look(shown: Shown): void {
    this.shown = shown;
    this.stop = this.find(this.stop) ? this.stop : null;
    if (!this.days.includes(this.day)) this.day = this.nextDayOut();
    void this.loadDue();
  }

  /** What could not be asked is left as it was: the plan itself stands on the page. */
  async loadDue(): Promise<void> {
    const of = this.shown === "trial" ? { run_id: this.trial?.run_id ?? undefined } : { published: this.shown === "published" };
    await this.attempt(async () => void (this.due = await api.get<Due[]>(withQuery("/dispatch/due", of))));
  }

  /** Today if a van is out, otherwise the next day one is, otherwise the plan's first day. */
  private nextDayOut(): string {
    const from = this.city?.today ?? "";
    const out = (this.plan?.van_days ?? []).map((one) => one.date).filter((date) => date >= from);
    return out.sort()[0] ?? this.days[0] ?? "";
  }

  async open(): Promise<void> {
    await this.attempt(async () => {
      this.city = await api.get<City>("/dispatch/city");
      await Promise.all([this.loadGround(), this.loadPeople(), this.loadSchedule(), this.loadRuns(), this.loadAlerts()]);
      this.look(this.schedule?.draft ? "draft" : "published");
      await this.loadRisk();
    });
  }

  /** After a while away from the page: what colleagues did meanwhile. A silent server changes nothing here. */
  async refresh(): Promise<void> {
    if (!this.schedule || Date.now() - this.told < 60_000) return;
    await Promise.allSettled([this.loadPeople(), this.loadSchedule(), this.loadRuns(), this.loadAlerts()]);
    this.look(this.shown === "draft" && !this.schedule.draft ? "published" : this.shown);
  }

  private async loadGround(): Promise<void> {
    const [basemap, areas, sites] = await Promise.all([api.get<Basemap>("/dispatch/basemap"), api.get<AreaMap>("/dispatch/areas"), api.get<Site[]>("/dispatch/sites")]);
    [this.basemap, this.areas, this.sites] = [basemap, areas, sites];
  }

  async loadSites(): Promise<void> {
    this.sites = await api.get<Site[]>("/dispatch/sites");
  }

  async loadPeople(): Promise<void> {
    [this.staff, this.vans] = await Promise.all([api.get<Member[]>("/dispatch/staff"), api.get<Van[]>("/dispatch/vans")]);
  }

  async loadSchedule(): Promise<void> {
    this.told = Date.now();
    [this.schedule, this.versions] = await Promise.all([api.get<Schedule>("/dispatch/schedule"), api.get<Version[]>("/dispatch/versions")]);
  }

  /** The draft that a change made or changed, shown at once. */
  drafted(draft: Plan): void {
    this.schedule = { published: this.schedule?.published ?? null, draft, mark: draft.mark ?? "" };
    this.look("draft");
  }

  /** Changes the schedule as it is shown here (without a body: takes away). Where somebody else was first, the plan
   * is told anew, and the refusal says so. */
  async change<T = void>(path: string, body?: unknown, madeOn = this.schedule?.mark): Promise<T> {
    const on = withQuery(path, { made_on: madeOn });
    try {
      return await (body === undefined ? api.delete<T>(on) : api.post<T>(on, body));
    } catch (reason) {
      if (!wasChanged(reason)) throw reason;
      const before = this.versions[0]?.number;
      await this.loadSchedule();
      this.look(this.schedule?.draft ? "draft" : "published");
      const version = this.versions[0]?.number;
      const detail = version === before ? t("changedMeanwhile") : t("publishedMeanwhile", { version: String(version) });
      throw new Refusal({ ...reason.problem, detail });
    }
  }

  async loadRuns(): Promise<void> {
    this.runs = await api.get<Run[]>("/dispatch/runs");
  }

  async loadAlerts(): Promise<void> {
    this.alerts = await api.get<Alert[]>("/dispatch/alerts");
  }

  async loadRisk(): Promise<void> {
    this.risk = await api.get<RiskMap>(withQuery("/dispatch/risk", { date: this.plan?.from_date ?? this.city?.today, days: 7 }));
  }

  async explain(cell: string): Promise<void> {
    await this.attempt(async () => void (this.explained = await api.get<Explained>(withQuery("/dispatch/risk/why", { cell }))));
    this.reading = null;
  }

  /** Runs something that asks the server; what goes wrong is said on the page while loading, or in a toast. */
  async attempt(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      this.trouble = "";
      return true;
    } catch (reason) {
      if (this.schedule) tell(sentence(reason), "bad");
      else this.trouble = sentence(reason);
      return false;
    }
  }
}

export const desk = new Desk();
