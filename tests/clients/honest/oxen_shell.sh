#!/usr/bin/env bash
# An honest client of Oxen's queue in bash, curl and jq: it polls, and looks before it buys again.
set -u

intent=$(cat)
field() { jq -r "$1" <<<"$intent"; }
base=$(field .base_url)
deadline=$(field '.deadline_s | floor')
wanted=$(field '.body.num_generations // 1')
ids=""
misses=0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
jq -c .body <<<"$intent" >"$work/submit"
printf 'Authorization: Bearer %s\n' "$(field .api_key)" >"$work/key"

give_up() {
  jq -cn --arg error "$1" --arg job "$ids" \
    '{outcome: "gave_up", $error, job: (if $job == "" then null else $job end)}'
  exit 0
}

wait_for() {
  (($1 < deadline - SECONDS)) || give_up "$1 s to wait is more than is left"
  sleep "$1"
}

# What Retry-After asks for in whole seconds: a number, or any of the three forms of a date.
told() {
  local text whole then=0
  text=$(sed -n 's/^retry-after:[[:space:]]*//Ip' "$work/head" | tr -d '\r' | tail -n 1)
  whole=${text%%.*}
  if [[ $text =~ ^[0-9]+(\.[0-9]*)?$ ]]; then
    ((${#whole} > 9)) && whole=999999999
    [[ $text == *.* ]] && then=1
    echo $((10#$whole + then))
  elif [[ $text == *:*:* ]] && then=$(date -u -d "$text" +%s 2>/dev/null); then
    echo $((then > EPOCHSECONDS ? then - EPOCHSECONDS : 0))
  else
    echo 0
  fi
}

# As long as the provider says, and longer with every failure in a row.
rest() {
  local own=(5 8 13 21 34) asked
  asked=$(told)
  own=${own[$1 < 4 ? $1 : 4]}
  wait_for $((asked > own ? asked : own))
}

# The provider's own words in a refusal, or the beginning of whatever came instead of them.
reason() {
  jq -er '.error | .message // .detail // .title' "$work/answer" 2>/dev/null ||
    head -c 200 "$work/answer"
}

# One exchange. Sets `kind` to good, refused or trouble, `words`, and `taken` if a submit that came
# to nothing may have made a job all the same. The answer is in $work/answer.
call() {
  local limit=$3 code
  ((limit > deadline - SECONDS)) && limit=$((deadline - SECONDS))
  ((limit < 1)) && limit=1
  : >"$work/answer"
  : >"$work/head"
  status=$(curl -q -sS -X "$1" "$base$2" "${@:4}" -A clips/1.0 -H "@$work/key" -m "$limit" \
    -D "$work/head" -o "$work/answer" -w '%{http_code}' 2>"$work/trouble")
  code=$?
  taken="" kind=trouble words="$status: $(reason) $(cat "$work/trouble")"
  if [[ $status == 4?? && $status != 408 && $status != 425 && $status != 429 ]]; then
    kind=refused
  elif [[ $status == 2?? && $code == 0 ]] &&
    jq -e 'type == "object"' "$work/answer" &>/dev/null; then
    kind=good
  elif [[ $status == 2?? || $status == 504 || $code == 28 ]]; then
    taken=yes
  fi
}

# Every job of this key, into $work/jobs.
jobs_now() {
  local tries
  for ((tries = 0; ; tries++)); do
    call GET "/api/ai/generations?page_size=1000" 15
    [[ $kind == refused ]] && give_up "$words"
    if [[ $kind == good ]] && jq -e '.generations | type == "array" and all(.[];
        type == "object" and (.generation_id | type) == "string")' "$work/answer" &>/dev/null; then
      cp "$work/answer" "$work/jobs"
      return
    fi
    rest "$tries"
  done
}

# The ids of jobs like this one that were not there before; none if so many looks show none.
search() {
  local look
  for ((look = 0; look < $1; look++)); do
    ((look)) && wait_for $((5 * look))
    jobs_now
    ids=$(jq -r --slurpfile before "$work/before" --slurpfile want "$work/submit" \
      --argjson wanted "$wanted" '[.generations[]
        | select(.model_name == $want[0].model and .prompt == $want[0].prompt)
        | .generation_id] - $before[0] | .[:$wanted] | join(",")' "$work/jobs")
    [[ -n $ids ]] && return
  done
  return 1
}

# Buys once. A job that may have been made is looked for, and not bought again.
submit() {
  local tries maybe
  jobs_now
  jq -c '[.generations[].generation_id]' "$work/jobs" >"$work/before"
  for ((tries = 0; ; tries++)); do
    call POST /api/ai/queue 60 -H 'Content-Type: application/json' --data-binary "@$work/submit"
    maybe=$taken
    case $kind in
    refused) give_up "$words" ;;
    good)
      ids=$(jq -r --argjson wanted "$wanted" '[.generations[].generation_id | strings]
        | select(length == $wanted) | join(",")' "$work/answer" 2>/dev/null)
      [[ -n $ids ]] && return
      maybe=yes
      ;;
    esac
    local why=$words
    rest "$tries"
    search $((${#maybe} ? 4 : 1)) && return
    [[ -n $maybe ]] && give_up "a job may have been made: $why"
  done
}

# The status that a row of the right shape tells; nothing for any other.
standing() {
  jq -r --arg id "$1" 'select(.generation_id == $id)
    | select(.status != "succeeded" or (.result_url | type) == "string")
    | select(.status != "failed" or (.error_message | type) == "string")
    | .status | strings' "$work/answer"
}

# One poll of a job. A row that tells its end goes to $work/ends.ID.
look() {
  local word=""
  call GET "/api/ai/queue/$(jq -rn --arg id "$1" '$id | @uri')" 15
  if [[ $kind == refused ]]; then
    [[ $status == 404 ]] && ((misses++ < 6)) || give_up "$words"
  fi
  [[ $kind == good ]] && word=$(standing "$1")
  [[ -n $word ]] || return
  case $word in succeeded | failed | cancelled) cp "$work/answer" "$work/ends.$1" ;; esac
}

# Rounds over the jobs that go on, with growing pauses over rounds in which something failed.
follow() {
  local id going tries=0
  while :; do
    going=""
    for id in ${ids//,/ }; do
      [[ -e $work/ends.$id ]] && continue
      look "$id" || { rest $((tries++)) && continue 2; }
      [[ -e $work/ends.$id ]] || going=yes
    done
    [[ -z $going ]] && return
    tries=0
    wait_for 5
  done
}

# The outcome of all jobs together.
report() {
  local id
  for id in ${ids//,/ }; do cat "$work/ends.$id"; done | jq -cs --arg job "$ids" '{
    outcome: (map(.status) | if index("failed") then "failed"
      elif index("cancelled") then "cancelled" else "succeeded" end),
    urls: map(select(.status == "succeeded").result_url),
    reason: (map(select(.status == "failed").error_message) | join("; ")),
    $job}'
}

main() {
  submit
  follow
  report
}

if [[ ${BASH_SOURCE[0]} == "$0" ]]; then main; fi
