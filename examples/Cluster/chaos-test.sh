#!/usr/bin/env bash
# Three processes count readings and earthquakes while nodes are killed and stand still; what comes out must be what went in. Faults
# follow the progress of the jobs, so that a slow machine only takes longer.
# Usage: chaos-test.sh [option ...]      the program's options, as --kills 30 --journal akka; a short run unless some are given
# Build it first: dotnet build -c Release examples/Cluster
set -uo pipefail
program="$(cd "$(dirname "$0")" && pwd)/bin/Release/net10.0/Readings.dll"
[ -f "$program" ] || { echo "Build it first: dotnet build -c Release examples/Cluster" >&2; exit 1; }
[ $# -gt 0 ] || set -- --kills 2 --pauses 1 --crashes 0 --rows 300000 --rate 30000
exec dotnet "$program" --plain --chaos "$@"
