/** The dozen parts every page is made of. */
export { default as AppBar } from "./AppBar.svelte";
export { default as Badge } from "./Badge.svelte";
export { default as Button } from "./Button.svelte";
export { default as Dialog } from "./Dialog.svelte";
export { default as EmptyState } from "./EmptyState.svelte";
export { default as Field } from "./Field.svelte";
export { default as Icon, type Drawing } from "./Icon.svelte";
export { default as Legend } from "./Legend.svelte";
export { default as QrCode } from "./QrCode.svelte";
export { default as Panel } from "./Panel.svelte";
export { default as Sheet } from "./Sheet.svelte";
export { default as Sparkline } from "./Sparkline.svelte";
export { default as Sure } from "./Sure.svelte";
export { default as Table } from "./Table.svelte";
export { default as Tabs } from "./Tabs.svelte";
export { default as Toasts } from "./Toasts.svelte";
export { hush, tell } from "./toasts.svelte";
