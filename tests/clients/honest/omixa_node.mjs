// An honest client of Omixa on Node's fetch: it polls as it is told to, and never buys while it
// cannot see whether it has bought already.

import { GiveUp, Refused, Trouble, USUAL, Watch, call, main, object } from "./exchange.mjs";

const MISSES = 6;

export class Omixa {
  constructor({ body, base_url, api_key, deadline_s }) {
    Object.assign(this, { body, root: `${base_url}/api/v1`, key: api_key });
    this.watch = new Watch(deadline_s);
    this.operation = this.record = null;
    this.method = "POST";
    this.misses = 0;
  }

  // Omixa knows no cancel, so what is given up is named: by its operation, or at least as bought.
  async run() {
    try {
      return await this.follow(await this.submit());
    } catch (error) {
      if (!(error instanceof GiveUp || error instanceof Refused)) throw error;
      return { outcome: "gave_up", error: error.message, job: this.operation ?? this.record };
    }
  }

  call(method, path, body, seconds = 15) {
    const limit = this.watch.limit(seconds);
    return call(method, `${this.root}${path}`, { key: this.key, body, limit });
  }

  // A create whose answer is lost is not made again unless the usage records show that nothing
  // was bought; and what was bought cannot be learned from them.
  async submit() {
    const before = await this.watch.insist(() => this.records());
    for (let tries = 0; ; tries++) {
      try {
        return await this.create();
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        if (error.taken) throw new GiveUp(`a video may be under way: ${error.message}`);
        await this.watch.after(error, tries);
      }
      const now = await this.watch.insist(() => this.records());
      this.record = now.find((id) => !before.includes(id)) ?? null;
      if (this.record) throw new GiveUp(`bought as ${this.record}, but its operation was lost`);
    }
  }

  async create() {
    const patience = 120 + (Number(this.body.wait_seconds) || 0);
    const shown = await this.call("POST", "/videos/jobs", this.body, patience);
    if (typeof shown.operation !== "string" || !shown.operation)
      throw new Trouble("the create's answer names no operation", { taken: true });
    this.operation = shown.operation;
    return shown;
  }

  async records() {
    const { data } = await this.call("GET", "/usage/requests");
    if (!Array.isArray(data) || !data.every((row) => typeof row?.id === "string"))
      throw new Trouble("the usage records cannot be read");
    return data.map((row) => row.id);
  }

  // Poll until the end is told; unknown words tell none.
  async follow(first) {
    let shown = first;
    for (let tries = 0; ; ) {
      try {
        const outcome = shown && this.read(shown);
        if (outcome) return outcome;
        if (shown) {
          tries = 0;
          await this.watch.pause(this.interval(shown));
        }
        shown = await this.look();
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        shown = null;
        await this.watch.after(error, tries++);
      }
    }
  }

  // One poll. The operation has slashes, so it travels in the body, or escaped.
  async look() {
    const path = "/videos/jobs/status", asked = { operation: this.operation };
    let shown;
    try {
      if (this.method === "POST") shown = await this.call("POST", path, asked);
      else shown = await this.call("GET", `${path}?${new URLSearchParams(asked)}`);
    } catch (error) {
      const other = error.status === 405 && this.method === "POST";
      if (other) this.method = "GET";
      const later = error.status === 404 && this.misses++ < MISSES;
      if (other || later) throw new Trouble(error.message);
      throw error;
    }
    if (typeof shown.status !== "string") throw new Trouble("a poll told no status");
    return shown;
  }

  read({ status, data, error }) {
    const job = this.operation;
    if (status === "succeeded") {
      const urls = Array.isArray(data) ? data.map((one) => one?.url) : [];
      if (!urls.length || !urls.every((url) => typeof url === "string" && url))
        throw new Trouble("a success was told without its links");
      return { outcome: "succeeded", urls, job };
    }
    if (status === "failed" || (status === "error" && object(error))) {
      const reason = error === undefined ? "the provider gave no reason" : error?.message;
      if (typeof reason !== "string") throw new Trouble("a failure was told in no words");
      return { outcome: "failed", reason, job };
    }
    return null;
  }

  interval({ poll_after_seconds: told }) {
    const seconds = told === null || told === "" ? NaN : Number(told);
    return Number.isFinite(seconds) ? Math.max(seconds, 1) : USUAL;
  }
}

await main(import.meta.url, (intent) => new Omixa(intent).run());
