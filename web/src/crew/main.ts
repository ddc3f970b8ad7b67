import { start } from "$lib/mount";
import Crew from "./Crew.svelte";

start(Crew);
