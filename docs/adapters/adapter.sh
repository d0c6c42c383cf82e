#!/usr/bin/env bash
# Attaches a client to the grader as a program that is started once for each trial: an intent comes
# in as a line of JSON, and the last line that goes out is its outcome. Copy it, and call your own
# client in make_video. It needs curl and jq.
#
#     understudy grade oxen -- bash adapter.sh

read -r intent
key=$(jq -r .api_key <<<"$intent")

call() {
  curl -sSf -m 30 -H "Authorization: Bearer $key" -H 'Content-Type: application/json' "$@"
}

# Your client goes here; this is the least that works. It prints one outcome.
make_video() {
  local base_url=$1 body=$2 deadline=$3 job row
  job=$(call "$base_url/api/ai/queue" -d "$body" | jq -er '.generations[0].generation_id') || return
  [[ -n $job ]] || return # An empty answer is no error to every jq.
  while ((SECONDS < deadline)); do
    row=$(call "$base_url/api/ai/queue/$job") || return
    case $(jq -r .status <<<"$row") in
    succeeded | failed)
      jq -c '{outcome: .status, urls: [.result_url // empty], reason: .error_message,
        job: .generation_id}' <<<"$row"
      return
      ;;
    esac
    sleep 5
  done
  jq -cn --arg job "$job" '{outcome: "gave_up", error: "out of time", $job}'
}

set -o pipefail
make_video "$(jq -r .base_url <<<"$intent")" "$(jq -c .body <<<"$intent")" \
  "$(jq '.deadline_s | floor' <<<"$intent")" ||
  jq -cn '{outcome: "gave_up", error: "a call failed", job: null}'
