import { start } from "$lib/mount";
import Board from "./Board.svelte";

start(Board);
