"""A client that keeps its job's id in the state file, and polls until there is an end."""

import json
import os
import sys
import time
import urllib.request

intent = json.loads(sys.stdin.readline())
state = os.environ["UNDERSTUDY_STATE_FILE"]
queue = os.environ["OXEN_BASE_URL"] + "/api/ai/queue"
headers = {
    "Authorization": f"Bearer {os.environ['OXEN_API_KEY']}",
    "Content-Type": "application/json",
}


def call(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, headers), timeout=5) as answer:
        return json.load(answer)


if os.path.exists(state):
    with open(state) as file:
        id = file.read()
else:
    id = call(queue, intent["body"])["generations"][0]["generation_id"]
    with open(state, "w") as file:
        file.write(id)
while (row := call(f"{queue}/{id}"))["status"] not in ("succeeded", "failed", "cancelled"):
    time.sleep(0.05)
print("it has ended")
print(json.dumps({"outcome": row["status"], "urls": [row["result_url"]], "job": id}))
