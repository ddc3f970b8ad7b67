/** Who is signed in on this device, and which page is theirs. */
import { api, Refusal } from "./api";

export type Role = "dispatch" | "crew" | "manager" | "admin";
export interface Person {
  login: string;
  name: string;
  role: Role;
}

const homes: Record<Role, string> = { dispatch: "/board", crew: "/crew", manager: "/report", admin: "/board" };

export function home(person: Person): string {
  return homes[person.role];
}

export function signIn(login: string, password: string): Promise<Person> {
  return api.post<Person>("/session", { login, password });
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
  if (person && roles.includes(person.role)) return person;
  location.replace(person ? home(person) : `/?next=${encodeURIComponent(location.pathname + location.search)}`);
  return null;
}
