import { start } from "$lib/mount";
import Enrol from "./Enrol.svelte";
import OwnPassword from "./OwnPassword.svelte";
import SignIn from "./SignIn.svelte";

const doors = { "/enrol": Enrol, "/password": OwnPassword };
start(doors[location.pathname as keyof typeof doors] ?? SignIn);
