// aimock with its OpenRouter video surface, whose jobs count their polls; here so many that a job
// stays pending, as the understudy's stays queued. `node aimock.mjs PORT`.

import { LLMock } from "@copilotkit/aimock";

const ENDLESS = { pollsBeforeInProgress: 1e9, pollsBeforeCompleted: 2e9 };

const mock = new LLMock({
  port: Number(process.argv[2]),
  logLevel: "silent",
  openRouterVideo: ENDLESS,
});
mock.addFixture({ match: { endpoint: "video" }, response: { video: { id: "v", status: "completed" } } });
await mock.start();
