import { start } from "$lib/mount";
import Admin from "./Admin.svelte";

start(Admin);
