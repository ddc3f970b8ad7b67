/** One form of the front door: whether it was tried, is on its way, and what was wrong. */
import { sentence } from "$lib/words";

export class Asking {
  tried = $state(false);
  busy = $state(false);
  wrong = $state("");

  /** Does `ask` when what is filled in is `whole`; `told` says in words why it failed. */
  async go(whole: boolean, ask: () => Promise<void>, told: (reason: unknown) => string = sentence): Promise<void> {
    this.tried = true;
    this.wrong = "";
    if (!whole) return;
    this.busy = true;
    try {
      await ask();
    } catch (reason) {
      this.wrong = told(reason);
    } finally {
      this.busy = false;
    }
  }
}
