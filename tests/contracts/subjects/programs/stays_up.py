"""A worker. It does what the prompt says: `tell` by default."""

import json
import os
import sys
import time
import urllib.request

told = 0
streams = []


def tell(intent):
    global told
    told += 1
    found = os.path.exists(intent["state_file"])
    with open(intent["state_file"], "a") as file:
        file.write("seen\n")
    same = intent["state_file"] == os.environ["UNDERSTUDY_STATE_FILE"]
    return {"pid": os.getpid(), "told": told, "found": found, "same": same}


def call(intent):
    for _ in range(3):
        url = f"{intent['base_url']}/api/ai/queue"
        headers = {"Authorization": f"Bearer {intent['api_key']}"}
        urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5).close()
    return tell(intent)


def listen(intent):
    url = f"{intent['base_url']}/api/events"
    headers = {"Authorization": f"Bearer {intent['api_key']}"}
    streams.append(urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=5))
    return tell(intent)


def flood(intent):
    while True:
        sys.stderr.write("all is well\n" * 1000)


for line in sys.stdin:
    intent = json.loads(line)
    match intent["body"]["prompt"]:
        case "exit":
            print("no more of this", file=sys.stderr)
            sys.exit(4)
        case "hang":
            time.sleep(1000)
        case "flood":
            flood(intent)
        case "babble":
            print("let me see", flush=True)
            continue
        case "die afterwards":
            said = tell(intent)
            print(json.dumps({"outcome": "gave_up", "error": json.dumps(said)}), flush=True)
            os._exit(0)
        case "call":
            said = call(intent)
        case "listen":
            said = listen(intent)
        case "mutter":
            sys.stderr.write("hm\n" * 150_000)
            said = tell(intent)
        case "add":
            said = tell(intent)
            sys.stdout.write(json.dumps({"outcome": "cancelled"}) + "\nand so on\n")
            sys.stdout.flush()
            continue
        case _:
            said = tell(intent)
    print(json.dumps({"outcome": "gave_up", "error": json.dumps(said)}), flush=True)
