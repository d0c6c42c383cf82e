// It polls every two seconds, whatever poll_after_seconds says.

import { main } from "../../honest/exchange.mjs";
import { Omixa } from "../../honest/omixa_node.mjs";

class Eager extends Omixa {
  interval() {
    return 2;
  }
}

await main(import.meta.url, (intent) => new Eager(intent).run());
