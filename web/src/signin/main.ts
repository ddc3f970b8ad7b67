import { start } from "$lib/mount";
import Enrol from "./Enrol.svelte";
import SignIn from "./SignIn.svelte";

start(location.pathname === "/enrol" ? Enrol : SignIn);
