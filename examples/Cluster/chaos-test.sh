#!/usr/bin/env bash
# Three processes count readings while they are killed and paused and the database crashes; what comes out must be what went in.
# Usage: chaos-test.sh [faults [rows [journal]]]   (5, 600000 and store unless said otherwise; journal: store or akka)
# Build it first: dotnet build -c Release examples/Cluster
set -uo pipefail
program="$(cd "$(dirname "$0")" && pwd)/bin/Release/net10.0/Readings.dll"
[ -f "$program" ] || { echo "Build it first: dotnet build -c Release examples/Cluster" >&2; exit 1; }
exec dotnet "$program" --chaos --faults "${1:-5}" --rows "${2:-600000}" --rate 20000 --journal "${3:-store}"
