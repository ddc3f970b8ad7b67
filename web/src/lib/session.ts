/** Who is signed in on this device, and which page is theirs. */
import { api, Refusal } from "./api";
import { goBy } from "./clock";

import type { components } from "./schema";

export type Person = components["schemas"]["SignedIn"];
export type Role = Person["role"];

export type Page = "board" | "crew" | "participant" | "report" | "releases" | "admin";

/** The pages each role works on, its own first. What a page then shows, the server decides. */
const pages: Record<Role, [Page, ...Page[]]> = {
  dispatch: ["board", "crew", "admin"],
  crew: ["crew", "participant"],
  clinician: ["crew", "participant"],
  device: ["crew"],
  manager: ["report", "releases", "admin"],
  admin: ["board", "crew", "report", "releases", "admin"],
  auditor: ["admin", "releases"],
  operator: ["admin"],
};

export function pagesOf(person: Person): Page[] {
  return pages[person.role];
}

export function home(person: Person): string {
  return `/${pages[person.role][0]}`;
}

/** Whether an address is a path on this server that starts at one of our pages: only such a one is followed. */
export function isOurs(address: string): boolean {
  const page = /^\/(\w+)(?:[/?].*)?$/.exec(address)?.[1];
  return [...Object.values(pages).flat(), "password"].some((one) => one === page) && !address.includes("//");
}

/** `digits`: what the authenticator shows, once the server has asked for it. */
export async function signIn(login: string, password: string, digits = ""): Promise<Person> {
  return seated(await api.post<Person>("/session", { login, password, ...(digits ? { digits } : {}) }));
}

/** Whoever signed in reads times as their city's clocks show them. */
function seated(person: Person): Person {
  goBy(person.timezone);
  return person;
}

export async function signOut(): Promise<void> {
  await api.delete("/session");
  location.assign("/");
}

/** The person, or null when nobody is signed in. */
export async function who(): Promise<Person | null> {
  try {
    return seated(await api.get<Person>("/session"));
  } catch (reason) {
    if (reason instanceof Refusal && reason.status === 401) return null;
    throw reason;
  }
}

/** The person if this is a page of theirs; otherwise they are sent on and the answer is null. */
export function mustOpen(page: Page): Promise<Person | null> {
  return mustBe(...(Object.keys(pages) as Role[]).filter((role) => pages[role].includes(page)));
}

/** The person if they may use this page; otherwise they are sent to sign in and the answer is null. */
export async function mustBe(...roles: Role[]): Promise<Person | null> {
  const person = await who();
  if (person && !person.enrolling && roles.includes(person.role)) return person;
  location.replace(person && !person.enrolling ? home(person) : `/?next=${encodeURIComponent(location.pathname + location.search)}`);
  return null;
}
