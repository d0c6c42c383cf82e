// It opens the stream, submits, and waits for the event: a promise that the one connection keeps, or
// that the deadline ends. There is no poll, and no second connection.

import { GiveUp, main } from "../../honest/exchange.mjs";
import { Streaming } from "../../honest/oxen_node_streaming.mjs";

class Listening extends Streaming {
  async listen() {
    await this.connect();
    await this.settled;
  }

  async follow() {
    for (const id of this.ends.keys()) this.live.delete(id);
    await this.wait(this.watch.left());
    return this.report(this.ids.map((id) => this.ends.get(id)));
  }
}

await main(import.meta.url, (intent) => new Listening(intent).run());
