#!/usr/bin/env bash
# Kills the job with SIGKILL at random moments, once a round, and starts it again until it has finished; its output must be that of a run nobody killed.
# Usage: kill-test.sh [rounds]        (20 unless said otherwise; builds nothing: dotnet build -c Release examples/Earthquakes comes first)
set -uo pipefail
rounds=${1:-20}
program="$(cd "$(dirname "$0")" && pwd)/bin/Release/net10.0/Earthquakes.dll"
[ -f "$program" ] || { echo "Build it first: dotnet build -c Release examples/Earthquakes" >&2; exit 1; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1

dotnet "$program" --output reference.csv --store reference.db >reference.txt || exit 1
tail -n 4 reference.txt | head -n 3 >reference.counts

kills=0 differences=0
for ((round = 1; round <= rounds; round++)); do
    parallelism=$((1 << (round % 3)))
    arguments=(--output "$round/results.csv" --store "$round/store.db" --rate 1200 --epoch 50 --parallelism "$parallelism")

    # One kill a round, at 0.1 to 1.9 s: before the first epoch, in the middle, or while the last one is committed. A run that finished before its
    # kill does not count: the round begins anew, with half the delay.
    delay=$((RANDOM % 2 * 1000 + 100 + RANDOM % 800))
    for ((try = 1; try <= 8; try++)); do
        rm -rf "$round" && mkdir "$round"
        dotnet "$program" "${arguments[@]}" >"$round/told.txt" 2>&1 &
        process=$!
        sleep "$(printf '%d.%03d' $((delay / 1000)) $((delay % 1000)))"
        kill -9 "$process" 2>/dev/null
        wait "$process" 2>/dev/null
        if [ $? = $((128 + 9)) ]; then kills=$((kills + 1)); break; fi
        delay=$((delay / 2))
    done

    # A killed start may leave the job anywhere, so it is started until it says that it has finished.
    for ((start = 1; start <= 5; start++)); do
        timeout 60 dotnet "$program" "${arguments[@]}" >"$round/told.txt" 2>&1 && break
    done

    if ! cmp -s reference.csv "$round/results.csv" || ! tail -n 4 "$round/told.txt" | head -n 3 | cmp -s - reference.counts; then
        differences=$((differences + 1))
        echo "round $round, parallelism $parallelism: different" >&2
        cmp reference.csv "$round/results.csv" >&2
        tail -n 5 "$round/told.txt" >&2
    fi
done

echo "$kills kills, $differences differences"
[ "$differences" = 0 ] && [ "$kills" = "$rounds" ]
