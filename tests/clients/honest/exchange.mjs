// One exchange over fetch, bounded in time, and what can be read off an answer. It knows no
// provider. What waits, waits on the deadline of the intent.

import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const USUAL = 5;

export class GiveUp extends Error {}

// A call came to nothing, for now: `after` is what Retry-After asks for in seconds, `status` is 0
// where none was seen. A submit may have been `taken` all the same.
export class Trouble extends Error {
  constructor(why, { status = 0, after = 0, taken = false } = {}) {
    super(why);
    Object.assign(this, { status, after, taken });
  }
}

// The provider says no, in its own words, and would say so again.
export class Refused extends Error {
  constructor(status, words) {
    super(`${status}: ${words}`);
    this.status = status;
  }
}

// The JSON object of a good answer. Trouble if there is none now, Refused if there never will be.
export async function call(method, url, { key, body, limit }) {
  const headers = { Authorization: `Bearer ${key}`, "User-Agent": "clips/1.0" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let status = 0, after = 0, text = "";
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limit * 1000); // It keeps the process up, too.
  try {
    const answer = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      redirect: "manual",
      signal: stop.signal,
    });
    status = answer.status;
    after = retryAfter(answer.headers.get("Retry-After"));
    text = await answer.text();
  } catch (error) {
    const late = stop.signal.aborted;
    if (status < 400) {
      const why = `${error.message}${error.cause ? `: ${error.cause.message}` : ""}`;
      throw new Trouble(why, { status, after, taken: late || good(status) });
    }
  } finally {
    clearTimeout(timer);
  }
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status))
    throw new Refused(status, words(text));
  if (!good(status))
    throw new Trouble(`${status}: ${words(text)}`, { status, after, taken: status === 504 });
  const found = parsed(text);
  if (!object(found)) throw new Trouble("the answer is no JSON object", { status, taken: true });
  return found;
}

export const object = (one) => typeof one === "object" && one !== null && !Array.isArray(one);

const good = (status) => status >= 200 && status < 300;

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// The provider's own words in a refusal, or the beginning of whatever came instead of them.
function words(text) {
  const error = parsed(text)?.error;
  return error?.message ?? error?.detail ?? error?.title ?? text.slice(0, 200);
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DATE = /^[A-Za-z]+, (\d\d)[ -]([A-Z][a-z]{2})[ -](\d{2}|\d{4}) (\d\d):(\d\d):(\d\d) GMT$/;
const ASCTIME = /^[A-Z][a-z]{2} ([A-Z][a-z]{2}) {1,2}(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})$/;

// The seconds that a Retry-After asks for: a number, or one of the three forms of a date. 0 for
// what is neither.
export function retryAfter(text) {
  const said = (text ?? "").trim();
  if (/^\d+(\.\d*)?$/.test(said)) return Number(said);
  let day, month, year, time;
  if (DATE.test(said)) [, day, month, year, ...time] = DATE.exec(said);
  else if (ASCTIME.test(said)) {
    [, month, day, ...time] = ASCTIME.exec(said);
    year = time.pop();
  } else return 0;
  const full = year.length === 2 ? 2000 + Number(year) : Number(year);
  const [hours, minutes, seconds] = time.map(Number);
  const then = Date.UTC(full, MONTHS.indexOf(month), Number(day), hours, minutes, seconds);
  return Math.max((then - Date.now()) / 1000, 0) || 0;
}

// The time that an intent has, and the pauses in it.
export class Watch {
  constructor(seconds) {
    this.end = performance.now() / 1000 + seconds;
  }

  left() {
    return this.end - performance.now() / 1000;
  }

  // A call may take so long: never longer than there is time, if only by a second.
  limit(seconds) {
    return Math.max(Math.min(seconds, this.left()), 1);
  }

  async pause(seconds) {
    if (seconds >= this.left())
      throw new GiveUp(`${seconds.toFixed(0)} s to wait is more than is left`);
    await new Promise((done) => setTimeout(done, seconds * 1000 + 10));
  }

  // As long as the provider says, and longer with every failure in a row.
  async after(trouble, tries) {
    await this.pause(Math.max(Math.min(USUAL * 1.6 ** tries, 40), trouble.after));
  }

  // What a step gives once it gives something, with growing pauses until then.
  async insist(step) {
    for (let tries = 0; ; tries++) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        await this.after(error, tries);
      }
    }
  }
}

// If this module is the program that runs: one intent comes in as a line of JSON, and its outcome
// goes out as one.
export async function main(module, order) {
  if (fileURLToPath(module) !== realpathSync(process.argv[1])) return;
  let text = "";
  for await (const piece of process.stdin) text += piece;
  const outcome = await order(JSON.parse(text));
  process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
}
