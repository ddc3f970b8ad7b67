/** The timetable's measures, in pixels of its drawing: in which row a van's day stands, and where a time lies across. */
import { minutes } from "$lib/clock";
import type { Stop, VanDay } from "./shapes";

/** A row's height, and what the names at the left take. */
export const row = 26;
export const names = 132;
const [betweenDays, margin] = [10, 26];

/** A day's van-days, one row each; a day without any keeps one row for saying so. */
export interface Group {
  day: string;
  top: number;
  tall: number;
  rows: VanDay[];
}

export function grouped(days: readonly string[], vanDays: readonly VanDay[]): Group[] {
  let top = 4;
  return days.map((day) => {
    const rows = vanDays.filter((one) => one.date === day).sort((a, b) => a.van.letter.localeCompare(b.van.letter));
    const group = { day, top, tall: Math.max(1, rows.length) * row, rows };
    top += group.tall + betweenDays;
    return group;
  });
}

export function heightOf(groups: readonly Group[]): number {
  const last = groups.at(-1);
  return (last ? last.top + last.tall : row) + 6;
}

/** The van-day drawn at this height. */
export function rowAt(groups: readonly Group[], y: number): VanDay | null {
  const group = groups.find((one) => y >= one.top && y < one.top + one.tall);
  return group?.rows[Math.floor((y - group.top) / row)] ?? null;
}

/** Where a van's day is drawn; null where it is not. */
export function topOf(groups: readonly Group[], van: number, day: string): number | null {
  const group = groups.find((one) => one.day === day);
  const place = group?.rows.findIndex((one) => one.van.id === van) ?? -1;
  return group && place >= 0 ? group.top + place * row : null;
}

/** Times across the width: whole hours, from the first van out (08:00 at the latest) to the last one back. */
export class Across {
  readonly first: number;
  readonly last: number;
  private readonly room: number;

  constructor(vanDays: readonly VanDay[], width: number) {
    this.first = Math.floor(Math.min(480, ...vanDays.map((one) => minutes(one.depart))) / 60) * 60;
    this.last = Math.ceil(Math.max(1080, ...vanDays.map((one) => minutes(one.back))) / 60) * 60;
    this.room = width - names - margin;
  }

  /** Where so many minutes after midnight are drawn. */
  x(at: number): number {
    return names + ((at - this.first) / (this.last - this.first)) * this.room;
  }
  at(time: string): number {
    return this.x(minutes(time));
  }
  /** How many minutes so many pixels are. */
  minutes(pixels: number): number {
    return (pixels / this.room) * (this.last - this.first);
  }
  get hours(): number[] {
    return [...Array((this.last - this.first) / 60 + 1).keys()].map((index) => this.first + index * 60);
  }
  /** Every hour is named where there is room for it, otherwise every second or third. */
  get named(): number[] {
    const every = Math.ceil(38 / (this.room / Math.max(1, this.hours.length - 1)));
    return this.hours.filter((hour) => (hour / 60) % every === 0);
  }
}

/** As much of a name as fits in so many pixels, at about 6.8 a letter. */
export function fitted(name: string, room: number): string {
  const letters = Math.floor(room / 6.8);
  if (letters < 4) return "";
  return name.length <= letters ? name : `${name.slice(0, letters - 1).trimEnd()}…`;
}

/** The stop that an arrow goes to from a stop: along its van's days, or up and down to the next van-day with any. */
export function neighbour(groups: readonly Group[], uid: string, key: string): Stop | undefined {
  const rows = groups.flatMap((group) => group.rows);
  const here = rows.findIndex((one) => one.stops.some((stop) => stop.uid === uid));
  const place = rows[here]?.stops.findIndex((stop) => stop.uid === uid) ?? 0;
  if (key === "ArrowRight") return rows[here]?.stops[place + 1] ?? rows[here + 1]?.stops[0];
  if (key === "ArrowLeft") return rows[here]?.stops[place - 1] ?? rows[here - 1]?.stops.at(-1);
  if (key === "ArrowDown") return rows.slice(here + 1).find((one) => one.stops.length)?.stops[0];
  if (key === "ArrowUp") return rows.slice(0, Math.max(0, here)).findLast((one) => one.stops.length)?.stops[0];
  return undefined;
}

/** The van-day so many rows below (above, where negative) a van's day. */
export function rowBeside(groups: readonly Group[], van: number, day: string, by: number): VanDay | undefined {
  const rows = groups.flatMap((group) => group.rows);
  return rows[rows.findIndex((one) => one.van.id === van && one.date === day) + by];
}
