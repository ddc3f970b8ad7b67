import { start } from "$lib/mount";
import SignIn from "./SignIn.svelte";

start(SignIn);
