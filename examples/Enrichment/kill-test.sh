#!/usr/bin/env bash
# Kills the job, and with it the server that it captures from, at random moments while the table changes; then lets it finish and compare with SQL.
# Usage: kill-test.sh [kills]        (10 unless said otherwise; builds nothing: dotnet build -c Release examples/Enrichment comes first)
set -uo pipefail
kills=${1:-10}
program="$(cd "$(dirname "$0")" && pwd)/bin/Release/net10.0/Enrichment.dll"
[ -f "$program" ] || { echo "Build it first: dotnet build -c Release examples/Enrichment" >&2; exit 1; }
folder=$(mktemp -d)
chmod o+x "$folder"
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

killed=0
for ((round = 1; round <= kills; round++)); do
    dotnet "$program" --clicks $((2000 + kills * 2500)) --rate 2500 >told.txt 2>&1 &
    process=$!
    sleep "$(printf '1.%03d' $((RANDOM % 1000)))"
    kill -9 "$process" 2>/dev/null
    wait "$process" 2>/dev/null
    [ $? = $((128 + 9)) ] && killed=$((killed + 1))
done

timeout 120 dotnet "$program" --clicks $((2000 + kills * 2500)) --rate 25000
result=$?
echo "$killed kills"
exit $result
