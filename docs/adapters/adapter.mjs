// Attaches a client to the grader as a program that is started once for each trial: an intent comes
// in as a line of JSON, and the last line that goes out is its outcome. Copy it, and call your own
// client in makeVideo.
//
//     understudy grade oxen -- node adapter.mjs

async function call(method, url, apiKey, body) {
  const headers = { Authorization: `Bearer ${apiKey}`, "Content-Type": "application/json" };
  const signal = AbortSignal.timeout(30_000); // fetch has no timeout of its own.
  const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body), signal });
  if (!answer.ok) throw new Error(`${answer.status}: ${await answer.text()}`);
  return answer.json();
}

// Your client goes here; this is the least that works. `deadline` is in seconds from now.
async function makeVideo(baseUrl, apiKey, body, deadline) {
  const end = Date.now() + deadline * 1000;
  const made = await call("POST", `${baseUrl}/api/ai/queue`, apiKey, body);
  const job = made.generations[0].generation_id;
  while (Date.now() < end) {
    const row = await call("GET", `${baseUrl}/api/ai/queue/${job}`, apiKey);
    if (row.status === "succeeded") return { outcome: "succeeded", urls: [row.result_url], job };
    if (row.status === "failed") return { outcome: "failed", reason: row.error_message, job };
    await new Promise((done) => setTimeout(done, 5000));
  }
  return { outcome: "gave_up", error: "out of time", job };
}

// While an answer is awaited, only a timer like this one surely keeps Node from ending (exit code
// 13): the one of a signal does not, nor does a connection that the other side has closed.
const awake = setInterval(() => {}, 1000);
let text = "";
for await (const piece of process.stdin) text += piece;
const intent = JSON.parse(text);
const outcome = await makeVideo(
  intent.base_url, intent.api_key, intent.body, intent.deadline_s,
).catch((error) => ({ outcome: "gave_up", error: String(error), job: null }));
console.log(JSON.stringify(outcome));
clearInterval(awake);
