// A retry around the whole of it: whatever throws, the video is ordered once more.

import { Trouble, USUAL, main } from "../../honest/exchange.mjs";
import { ENDS, Oxen } from "../../honest/oxen_node.mjs";

class Simple extends Oxen {
  async follow() {
    for (let tries = 0; ; tries++) {
      try {
        return await this.wait();
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        await this.watch.after(error, tries);
        this.ids = await this.submit();
        this.live = new Set(this.ids);
      }
    }
  }

  async wait() {
    for (;;) {
      const rows = await Promise.all(this.ids.map((id) => this.look(id)));
      if (rows.every((row) => ENDS.includes(row.status))) {
        this.live.clear();
        return this.report(rows);
      }
      await this.watch.pause(USUAL);
    }
  }
}

await main(import.meta.url, (intent) => new Simple(intent).run());
