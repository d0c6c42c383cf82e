// Makes the calls it reads, one JSON line each, with Node's own fetch, and tells what it saw of each.
import { createInterface } from "node:readline";

async function see({ method, url, headers, body, json, timeout }) {
  try {
    const answer = await fetch(url, {
      method,
      headers: body ? { ...headers, "content-type": "application/json" } : headers,
      body: body ? JSON.stringify(body) : undefined,
      redirect: "manual",
      signal: AbortSignal.timeout(timeout * 1000),
    });
    const text = await answer.text();
    if (json && answer.status < 400) JSON.parse(text);
    return String(answer.status);
  } catch (error) {
    const code = error.cause?.code;
    return code ? `${error.name}/${code}` : error.name;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(JSON.stringify({ sees: await see(JSON.parse(line)) }) + "\n");
}
