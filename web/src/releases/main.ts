import { start } from "$lib/mount";
import Releases from "./Releases.svelte";

start(Releases);
