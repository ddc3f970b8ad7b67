/** Light, dark, or as the device says; and the tokens' real colours for things CSS cannot reach (the map). */

export type Theme = "auto" | "light" | "dark";
const remembered = "outreach.theme";
const device = matchMedia("(prefers-color-scheme: dark)");

const start = (localStorage.getItem(remembered) as Theme | null) ?? "auto";
let chosen = $state<Theme>(start);
let deviceDark = $state(device.matches);
device.addEventListener("change", (event) => (deviceDark = event.matches));
show(start);

export function theme(): Theme {
  return chosen;
}

export function dark(): boolean {
  return chosen === "auto" ? deviceDark : chosen === "dark";
}

export function wear(next: Theme): void {
  chosen = next;
  localStorage.setItem(remembered, next);
  show(next);
}

/** Wears a theme for now without remembering it (the crew page after sunset). */
export function show(next: Theme): void {
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
}

/** The colour a token has now, as `rgb(…)`: read after the theme is on the page. */
export function colour(token: string): string {
  const probe = document.createElement("i");
  probe.style.color = `var(--${token})`;
  probe.hidden = true;
  document.body.append(probe);
  const seen = getComputedStyle(probe).color;
  probe.remove();
  return seen;
}
