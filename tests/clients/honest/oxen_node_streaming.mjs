// An honest client of Oxen's queue that listens: the event stream, open before the submit, tells of
// an end at once, and slow polls behind it tell whatever the stream does not.

import { setTimeout as sleep } from "node:timers/promises";

import { GiveUp, Trouble, USUAL, main, object, retryAfter } from "./exchange.mjs";
import { ENDS, Oxen } from "./oxen_node.mjs";

const COMPLETED = "media_generation_completed";
const OPENING = 5;
// A keep-alive comes every fifteen seconds: a stream that is silent for longer than two is dead.
const SILENCE = 40;
// Seconds after which a stream that ends is no sign of trouble.
const STEADY = 100;
const NEVER = Infinity;

// The lines of a stream, each as soon as its end is there, be that CR, LF or both.
async function* lines(chunks) {
  const decoder = new TextDecoder();
  let text = "", halfway = false;
  for await (const chunk of chunks) {
    const more = decoder.decode(chunk, { stream: true });
    if (!more) continue;
    text += halfway && more.startsWith("\n") ? more.slice(1) : more;
    halfway = more.endsWith("\r");
    const whole = text.split(/\r\n|\r|\n/);
    text = whole.pop();
    yield* whole;
  }
}

// The events of a stream as WHATWG HTML 9.2.6 reads them. One that has not ended is none.
export async function* events(chunks) {
  let name = "", data = [];
  for await (const line of lines(chunks)) {
    const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line);
    if (field === "event") name = value;
    if (field === "data") data.push(value);
    if (line) continue;
    if (data.length) yield { name, data: data.join("\n") };
    [name, data] = ["", []];
  }
}

// What an event tells, in the words of a row; nothing if it is none of ours to understand.
function told({ name, data }) {
  if (name !== COMPLETED) return undefined;
  let event;
  try {
    event = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (!object(event)) return undefined;
  const { generation_id, status, url, error } = event;
  const words = { succeeded: url, failed: error }[status];
  if (typeof words !== "string") return undefined;
  return { generation_id, status, result_url: url, error_message: error };
}

export class Streaming extends Oxen {
  constructor(intent) {
    super(intent);
    this.every = Math.max(Math.min(15, intent.deadline_s / 4), USUAL);
    this.stream = `${intent.base_url}/api/events`;
    this.ends = new Map();
    this.opened = new Promise((done) => (this.open = done));
    this.settled = new Promise((done) => (this.done = done));
    this.over = new AbortController();
  }

  // The stream is waited for, but not for long: the polls do without it.
  async run() {
    try {
      await Promise.race([this.opened, this.listen(), sleep(OPENING * 1000)]);
      return await super.run();
    } finally {
      this.over.abort();
    }
  }

  // Hear the stream, again and again, with growing pauses, unless it is refused for good.
  async listen() {
    for (let tries = 1; !this.over.signal.aborted; tries++) {
      const began = performance.now();
      const after = await this.connect();
      if (performance.now() - began > STEADY * 1000) tries = 1;
      const pause = Math.max(Math.min(2 ** tries, 60), after);
      if (pause >= this.watch.left()) return;
      await sleep(pause * 1000);
    }
  }

  // Hear one connection to its end, whatever that is. The seconds that it asks for before the next.
  async connect() {
    const silent = new AbortController();
    const timer = setTimeout(() => silent.abort(), SILENCE * 1000);
    let after = 0;
    try {
      const answer = await fetch(this.stream, {
        headers: {
          Authorization: `Bearer ${this.key}`,
          Accept: "text/event-stream",
          "User-Agent": "clips/1.0",
        },
        redirect: "manual",
        signal: AbortSignal.any([silent.signal, this.over.signal]),
      });
      after = pauseAfter(answer);
      const kind = answer.headers.get("Content-Type") ?? "";
      if (answer.status === 200 && /^text\/event-stream\b/i.test(kind))
        await this.hear(noted(answer.body, () => timer.refresh()));
    } catch {
      // The polls know of a job whatever its stream has died of.
    } finally {
      clearTimeout(timer);
      silent.abort();
    }
    return after;
  }

  async hear(chunks) {
    this.open();
    for await (const event of events(chunks)) {
      const row = told(event);
      if (row) this.settle(row.generation_id, row);
    }
  }

  // An event may come before the answer to the submit does, so that any job's end is kept.
  settle(id, row) {
    this.ends.set(id, row);
    if (this.live.delete(id) && !this.live.size) this.done();
  }

  async follow() {
    for (const id of this.ends.keys()) this.live.delete(id);
    for (let tries = 0, pause = this.every; ; ) {
      await this.wait(pause);
      if (!this.live.size) return this.report(this.ids.map((id) => this.ends.get(id)));
      try {
        await this.poll();
        [tries, pause] = [0, this.every];
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        pause = Math.max(Math.min(USUAL * 1.6 ** tries++, 40), error.after);
      }
    }
  }

  async poll() {
    for (const id of this.live) {
      const row = await this.look(id);
      if (ENDS.includes(row.status)) this.settle(id, row);
    }
  }

  // Until all is told, or so many seconds are over; to the last if there are not so many.
  async wait(seconds) {
    if (!this.live.size) return;
    const left = this.watch.left();
    await Promise.race([this.settled, sleep(Math.max(Math.min(seconds, left), 0) * 1000 + 10)]);
    if (this.live.size && seconds >= left) throw new GiveUp("nobody told of an end in time");
  }
}

// A refusal of the key or of the request would be the same again.
function pauseAfter({ status, headers }) {
  const final = status >= 400 && status < 500 && ![408, 425, 429].includes(status);
  return final ? NEVER : retryAfter(headers.get("Retry-After"));
}

async function* noted(chunks, note) {
  for await (const chunk of chunks) {
    note();
    yield chunk;
  }
}

await main(import.meta.url, (intent) => new Streaming(intent).run());
