/** Short sentences about what just happened, each with at most one thing to do about it. */
export interface Toast {
  id: number;
  text: string;
  tone: "good" | "bad" | "info";
  action?: { label: string; act: () => void };
}

let next = 1;
export const toasts = $state<Toast[]>([]);

/** Says something for a while; bad news and things that can be undone stay longer. */
export function tell(text: string, tone: Toast["tone"] = "info", action?: Toast["action"]): void {
  const toast: Toast = { id: next++, text, tone, ...(action ? { action } : {}) };
  toasts.push(toast);
  setTimeout(() => hush(toast.id), tone === "bad" || action ? 12_000 : 5_000);
}

export function hush(id: number): void {
  const place = toasts.findIndex((toast) => toast.id === id);
  if (place >= 0) toasts.splice(place, 1);
}
