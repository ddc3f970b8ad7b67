/** Who is signed in on this device, and which page is theirs. */
import { api, Refusal } from "./api";

import type { components } from "./schema";

export type Person = components["schemas"]["SignedIn"];
export type Role = Person["role"];

/** The page each role works on; the first page itself where there is none. */
const homes: Record<Role, string> = {
  dispatch: "/board",
  crew: "/crew",
  clinician: "/crew",
  device: "/crew",
  manager: "/report",
  admin: "/board",
  auditor: "/",
  operator: "/",
};

export function home(person: Person): string {
  return homes[person.role];
}

/** `digits`: what the authenticator shows, once the server has asked for it. */
export function signIn(login: string, password: string, digits = ""): Promise<Person> {
  return api.post<Person>("/session", { login, password, ...(digits ? { digits } : {}) });
}

export async function signOut(): Promise<void> {
  await api.delete("/session");
  location.assign("/");
}

/** The person, or null when nobody is signed in. */
export async function who(): Promise<Person | null> {
  try {
    return await api.get<Person>("/session");
  } catch (reason) {
    if (reason instanceof Refusal && reason.status === 401) return null;
    throw reason;
  }
}

/** The person if they may use this page; otherwise they are sent to sign in and the answer is null. */
export async function mustBe(...roles: Role[]): Promise<Person | null> {
  const person = await who();
  if (person && !person.enrolling && roles.includes(person.role)) return person;
  location.replace(person && !person.enrolling ? home(person) : `/?next=${encodeURIComponent(location.pathname + location.search)}`);
  return null;
}
