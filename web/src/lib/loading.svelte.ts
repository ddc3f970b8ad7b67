/** Something a page shows that comes from the server: not here yet, here, or refused in a sentence. */
import { sentence } from "./words";
import { tell } from "./components/toasts.svelte";

export class Loading<Found> {
  found = $state.raw<Found | null>(null);
  failed = $state("");

  constructor(private readonly fetch: () => Promise<Found>) {}

  async load(): Promise<void> {
    try {
      this.found = await this.fetch();
      this.failed = "";
    } catch (reason) {
      this.failed = sentence(reason);
    }
  }
}

/** Does it, says `done` when it went well and the server's sentence when it did not; whether it went well. */
export async function attempt(act: () => Promise<unknown>, done = ""): Promise<boolean> {
  try {
    await act();
    if (done) tell(done, "good");
    return true;
  } catch (reason) {
    tell(sentence(reason), "bad");
    return false;
  }
}
