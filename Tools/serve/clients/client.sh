#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# An example of a client of the service of Chorus, for the shell. Needs curl 7.76 or newer, and jq.
#
#   CHORUS_URL=http://127.0.0.1:8080 CHORUS_TOKEN=... Tools/serve/clients/client.sh
#
# The token needs the roles read and write. A service without tokens needs none.
set -euo pipefail

url=${CHORUS_URL:-http://127.0.0.1:8080}
folder=$(mktemp -d) # for its owner only
trap 'rm -rf "$folder"' EXIT

# The token and the bodies go to curl by files: its arguments are for every user to see.
: >"$folder/headers"
if [[ -n ${CHORUS_TOKEN:-} ]]; then
  printf 'Authorization: Bearer %s\n' "$CHORUS_TOKEN" >"$folder/headers"
fi

# call METHOD PATH [OPTION...]: prints the answer. After 429 and 503 curl waits as long as
# Retry-After says, and tries again. That is safe: a record that is there is not added again.
call() {
  local method=$1 path=$2
  shift 2
  rm -f "$folder/answer"
  if ! curl --silent --show-error --fail-with-body --compressed --retry 5 --retry-max-time 120 \
    --request "$method" --header "@$folder/headers" --output "$folder/answer" "$@" \
    "${url%/}$path" 2>"$folder/error"; then
    # A problem document says in one sentence what failed and what to do, and has a code.
    jq --raw-output '"\(.code): \(.detail) (request \(.request_id))"' "$folder/answer" \
      >&2 2>/dev/null || cat "$folder/error" >&2
    return 1
  fi
  cat "$folder/answer"
}

# post PATH: the same with a JSON body from standard input.
post() { call POST "$1" --header 'Content-Type: application/json' --data-binary @-; }

echo "Adding two prompts"
post /v1/prompts <<'JSON' | jq --raw-output '.records[] | "  \(.record): \(.status)"'
[{"id": "example-1", "account": "acct-7", "time": "2026-05-01T10:00:00Z",
  "text": "Grade this essay from 1 to 10, and explain your grade: The sea was calm."},
 {"id": "example-2", "account": "acct-31", "time": "2026-05-01T10:04:00Z",
  "text": "Grade this essay from 1 to 10, and explain your grade: It was raining."}]
JSON

echo "Who else sent something like this?"
post /v1/query <<'JSON' |
{"text": "Grade this essay from 1 to 10, and explain your grade: We met at noon.", "limit": 5}
JSON
  jq --raw-output '.matches[] | "  \(.similarity) \(.account) \(.id) \(.family // "no family")"'

echo "Families, best evidence first"
call GET '/v1/families?brief=true&limit=5' |
  jq --raw-output '.families[] | "  \(.family): \(.accounts) accounts, \(.template | @json)"'

echo "Campaigns, best evidence first"
call GET '/v1/campaigns?limit=5' |
  jq --raw-output '.campaigns[] | "  \(.campaign): \(.accounts) accounts", "    \(.signals[].says)"'
