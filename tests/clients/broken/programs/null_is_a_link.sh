#!/usr/bin/env bash
# It waits until there is a link, and takes the `null` that jq prints for one.
source "$(dirname "${BASH_SOURCE[0]}")/../../honest/oxen_shell.sh"

standing() {
  local url
  url=$(jq -r .result_url "$work/answer")
  if [[ -n $url ]]; then echo succeeded; fi
}

main
