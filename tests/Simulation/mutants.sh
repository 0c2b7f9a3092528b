#!/usr/bin/env bash
# Does the simulation notice what it is there to notice? Takes one safeguard out of a copy of the engine at a time, by the patches in mutants/,
# and runs up to 1,000 seeds, which must fail; then the engine as it is, which must not. The first line of a patch names the scenario that must
# notice it, "any", or "nodes": the simulation of several nodes. About a minute for each mutant.
# Usage: mutants.sh [NAME]...
# ACTORSTREAMS_MUTANT_SEEDS, ACTORSTREAMS_MUTANT_SECONDS: at most so many seeds (1,000) and seconds (240) for each.
set -uo pipefail
cd "$(dirname "$0")"
seeds=${ACTORSTREAMS_MUTANT_SEEDS:-1000}
patches=$PWD/mutants
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0
seed=""

# The sources as they are, elsewhere: nothing of a mutant is left in the working tree, and a build has only to do what a patch changes.
mkdir "$out/src"
(cd ../.. && tar c --exclude=bin --exclude=obj --exclude=.git --exclude=TestResults .) | tar x -C "$out/src"
project=$out/src/tests/Simulation/Simulation.csproj
tests=$out/src/tests/Simulation/bin/Release/net10.0/ActorStreams.Simulation.Tests.dll

run() # $1: the scenario, or nothing for all of them. The seed that failed is left in $seed.
{
    if ! dotnet build "$project" -c Release -nologo -v q > "$out/log" 2>&1; then return 2; fi
    rm -f "$(dirname "$tests")/failed-seed.txt"
    local spec=Every_seed scenario=$1
    if [ "$1" = nodes ]; then spec=Seeds_of_several_nodes scenario=; fi
    ACTORSTREAMS_SCENARIO=$scenario ACTORSTREAMS_SEED_START=1 ACTORSTREAMS_SEEDS=$seeds ACTORSTREAMS_NODE_SEEDS=$seeds \
        timeout "${ACTORSTREAMS_MUTANT_SECONDS:-240}" dotnet vstest "$tests" --TestCaseFilter:"FullyQualifiedName~$spec" > "$out/log" 2>&1
    local result=$?
    seed=$(cat "$(dirname "$tests")/failed-seed.txt" 2> /dev/null)
    return $result
}

mutants=("$@")
if [ $# = 0 ]; then mutants=($(cd mutants && ls *.patch | sed 's/\.patch$//')); fi
for mutant in "${mutants[@]}"; do
    if ! (cd "$out/src" && git apply "$patches/$mutant.patch"); then failed=1; echo "$mutant: does not fit the code"; continue; fi
    run "$(sed -n 's/^Scenario: //p' "mutants/$mutant.patch" | grep -v '^any$')"
    case $?:$seed in
        1:?*) echo "$mutant: caught by seed $seed. $(grep -m1 -oE 'Seed [0-9]+[:,] .{0,110}' "$out/log")" ;;
        *)    echo "$mutant: NOT caught within $seeds seeds"; tail -5 "$out/log"; failed=1 ;;
    esac
    (cd "$out/src" && git apply -R "$patches/$mutant.patch")
done

if run "" && run nodes; then
    echo "No mutant: $seeds seeds pass"
else
    echo "No mutant: the simulation FAILS"; grep -m5 "Seed" "$out/log"; failed=1
fi
exit $failed
