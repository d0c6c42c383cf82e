// An honest client of Oxen's queue on Node's fetch: it polls, looks before it buys again, and
// cancels what it gives up.

import { GiveUp, Refused, Trouble, USUAL, Watch, call, main, object } from "./exchange.mjs";

const LOOKS = 4;
export const ENDS = ["succeeded", "failed", "cancelled"];

export class Oxen {
  constructor({ body, base_url, api_key, deadline_s }) {
    Object.assign(this, { body, root: `${base_url}/api/ai`, key: api_key });
    this.spare = Math.min(15, deadline_s / 10);
    this.watch = new Watch(deadline_s - this.spare);
    this.wanted = body.num_generations ?? 1;
    this.ids = [];
    this.live = new Set();
    this.misses = 0;
  }

  async run() {
    try {
      this.ids = await this.submit();
      this.live = new Set(this.ids);
      return await this.follow();
    } catch (error) {
      if (!(error instanceof GiveUp || error instanceof Refused)) throw error;
      return await this.giveUp(error.message);
    }
  }

  call(method, path, body, seconds = 15) {
    const limit = this.watch.limit(seconds);
    return call(method, `${this.root}${path}`, { key: this.key, body, limit });
  }

  // The ids of new jobs. One that may have been made is looked for, and not bought again.
  async submit() {
    const there = await this.watch.insist(() => this.jobs());
    const before = new Set(there.map((row) => row.generation_id));
    for (let tries = 0; ; tries++) {
      try {
        return await this.enqueue();
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        await this.watch.after(error, tries);
        const found = await this.search(before, error.taken ? LOOKS : 1);
        if (found.length) return found;
        if (error.taken) throw new GiveUp(`a job may have been made: ${error.message}`);
      }
    }
  }

  async enqueue() {
    const { generations } = await this.call("POST", "/queue", this.body, 60);
    const ids = Array.isArray(generations) ? generations.map((one) => one?.generation_id) : [];
    if (ids.length !== this.wanted || !ids.every((id) => typeof id === "string"))
      throw new Trouble("the answer to the submit has no ids", { taken: true });
    return ids;
  }

  // The ids of jobs like this one that were not there before; none if so many looks show none.
  async search(before, looks) {
    for (let nth = 0; nth < looks; nth++) {
      if (nth) await this.watch.pause(USUAL * nth);
      const rows = await this.watch.insist(() => this.jobs());
      const ours = rows.filter((row) => !before.has(row.generation_id) && this.alike(row));
      if (ours.length) return ours.slice(0, this.wanted).map((row) => row.generation_id);
    }
    return [];
  }

  alike({ model_name, prompt }) {
    return model_name === this.body.model && prompt === this.body.prompt;
  }

  async jobs() {
    const { generations: rows } = await this.call("GET", "/generations?page_size=1000");
    if (!Array.isArray(rows) || !rows.every((row) => typeof row?.generation_id === "string"))
      throw new Trouble("the list of jobs cannot be read");
    return rows;
  }

  // Rounds over the jobs that go on, with growing pauses over rounds in which something failed.
  async follow() {
    const ends = new Map();
    for (let tries = 0; ; ) {
      try {
        for (const id of this.live) {
          const row = await this.look(id);
          if (!ENDS.includes(row.status)) continue;
          ends.set(id, row);
          this.live.delete(id);
        }
        if (!this.live.size) return this.report(this.ids.map((id) => ends.get(id)));
        tries = 0;
        await this.watch.pause(USUAL);
      } catch (error) {
        if (!(error instanceof Trouble)) throw error;
        await this.watch.after(error, tries++);
      }
    }
  }

  report(ends) {
    const of = (status) => ends.filter((row) => row.status === status);
    const outcome = ["failed", "cancelled", "succeeded"].find((status) => of(status).length);
    const words = of("failed").map((row) => row.error_message);
    const urls = of("succeeded").map((row) => row.result_url);
    return { outcome, urls, reason: words.join("; "), job: this.ids.join(",") };
  }

  // A job's row, of the right shape. It may lag behind the submit, and then is not found.
  async look(id) {
    let row;
    try {
      row = await this.call("GET", `/queue/${encodeURIComponent(id)}`);
    } catch (error) {
      if (error.status === 404 && this.misses++ < LOOKS) throw new Trouble(error.message);
      throw error;
    }
    if (!object(row) || row.generation_id !== id || typeof row.status !== "string")
      throw new Trouble("this is no row of the job");
    if (row.status === "succeeded" && typeof row.result_url !== "string")
      throw new Trouble("it has succeeded, without a link");
    if (row.status === "failed" && typeof row.error_message !== "string")
      throw new Trouble("it has failed, without words");
    return row;
  }

  // In the time that was spared for it. A job that cannot be cancelled is named at least.
  async giveUp(why) {
    const each = this.spare / 2 / Math.max(this.live.size, 1);
    for (const id of this.live) {
      const asked = { key: this.key, limit: Math.max(each, 1) };
      await call("DELETE", `${this.root}/queue/${encodeURIComponent(id)}`, asked).catch(() => {});
    }
    return { outcome: "gave_up", error: why, job: this.ids.join(",") || null };
  }
}

await main(import.meta.url, (intent) => new Oxen(intent).run());
