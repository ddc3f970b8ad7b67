import { start } from "$lib/mount";
import Report from "./Report.svelte";

start(Report);
