/** Puts a page's root component on the page, with the tokens already there. */
import "./tokens.css";
import type { Component } from "svelte";
import { mount } from "svelte";

export function start(page: Component): void {
  const place = document.getElementById("page");
  if (!place) throw new Error("the page has no place for its content");
  mount(page, { target: place });
}
