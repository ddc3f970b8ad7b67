/** Short sentences about what just happened, each with at most one thing to do about it. */
export interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad" | "info";
  action?: { label: string; act: () => void };
}

/** Milliseconds: time to read a sentence, and to read it, decide and reach its button. */
const [toRead, toAct] = [8_000, 20_000];

let next = 1;
export const toasts = $state<Toast[]>([]);
const timers = new Map<number, ReturnType<typeof setTimeout>>();

/** Says something for a while, once; what went wrong stays until it is closed, and ends what went well before. */
export function tell(text: string, tone: Toast["tone"] = "info", action?: Toast["action"]): void {
  const same = toasts.find((toast) => toast.text === text && toast.tone === tone && !toast.action);
  if (same && !action) hush(same.id);
  if (tone === "bad") for (const done of toasts.filter((toast) => toast.tone === "good" && !toast.action)) hush(done.id);
  const toast: Toast = { id: next++, text, tone, ...(action ? { action } : {}) };
  toasts.push(toast);
  letGo(toast);
}

/** While somebody points at what is said, or has the keyboard in it, it stays. */
export function hold({ id }: Toast): void {
  clearTimeout(timers.get(id));
}

/** From now on it has its time again. */
export function letGo(toast: Toast): void {
  hold(toast);
  if (toast.tone !== "bad") timers.set(toast.id, setTimeout(() => hush(toast.id), toast.action ? toAct : toRead));
}

export function hush(id: number): void {
  clearTimeout(timers.get(id));
  timers.delete(id);
  const place = toasts.findIndex((toast) => toast.id === id);
  if (place >= 0) toasts.splice(place, 1);
}
