import { start } from "$lib/mount";
import Participant from "./Participant.svelte";

start(Participant);
