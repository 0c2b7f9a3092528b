#!/usr/bin/env bash
# Does the simulation notice what it is there to notice? Builds the engine with one safeguard taken out at a time, each into its own folder, and
# runs up to 1,000 seeds, which must fail; then the engine as it is, which must not. About a minute and a half for each mutant.
# A mutant is a symbol that the code knows (MUTANT_…), or a patch in mutants/, whose first line names the scenario that must notice it.
# Usage: mutants.sh [MUTANT_NAME | PATCH_NAME]...
set -uo pipefail
cd "$(dirname "$0")"
seeds=${ACTORSTREAMS_MUTANT_SEEDS:-1000}
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
failed=0

run() # $1: the mutant, or NONE
{
    local folder="$out/$1" define="" project=Simulation.csproj scenario=""
    case $1 in
        NONE) ;;
        MUTANT_*) define="-p:DefineConstants=$1" ;;
        *)
            # The sources as they are, patched, elsewhere.
            mkdir -p "$folder.src"
            (cd ../.. && tar c --exclude=bin --exclude=obj --exclude=.git --exclude=TestResults .) | tar x -C "$folder.src"
            if ! git -C "$folder.src" apply --unsafe-paths --directory="" "$PWD/mutants/$1.patch"; then return 2; fi
            scenario=$(sed -n 's/^Scenario: //p' "mutants/$1.patch")
            project="$folder.src/tests/Simulation/Simulation.csproj"
            ;;
    esac
    # Outputs and intermediates of its own, so that nothing of a mutant is left in the working tree.
    if ! dotnet build "$project" -c Release -nologo -v q ${define:+"$define"} --artifacts-path "$folder" > "$folder.log" 2>&1; then
        tail -20 "$folder.log"
        return 2
    fi
    local tests
    tests=$(find "$folder/bin/Simulation" -name ActorStreams.Simulation.Tests.dll | head -1)
    rm -f "$(dirname "$tests")/failed-seed.txt"
    ACTORSTREAMS_SCENARIO=$scenario ACTORSTREAMS_SEED_START=1 ACTORSTREAMS_SEEDS=$seeds timeout "${ACTORSTREAMS_MUTANT_SECONDS:-240}" \
        dotnet vstest "$tests" --TestCaseFilter:"FullyQualifiedName~Every_seed" > "$folder.log" 2>&1
    local result=$?
    seed=$(cat "$(dirname "$tests")/failed-seed.txt" 2> /dev/null || true)
    return $result
}

mutants=(MUTANT_NO_FENCE MUTANT_NO_DEDUP MUTANT_COMMIT_ORDER MUTANT_NO_ALIGNMENT MUTANT_NO_FSYNC MUTANT_NO_SKIP MUTANT_NO_FIRED_RECORD
    MUTANT_SNAPSHOT_BUDGET MUTANT_SNAPSHOT_FIRED $(cd mutants && ls *.patch | sed 's/\.patch$//'))
for mutant in "${@:-${mutants[@]}}"; do
    run $mutant
    case $?:$seed in
        1:?*) echo "$mutant: caught by seed $seed. $(grep -m1 -oE 'Seed [0-9]+: .{0,110}' "$out/$mutant.log")" ;;
        *)    echo "$mutant: NOT caught within $seeds seeds"; tail -5 "$out/$mutant.log"; failed=1 ;;
    esac
done

if run NONE; then
    echo "No mutant: $seeds seeds pass"
else
    echo "No mutant: the simulation FAILS"; grep -m5 "Seed" "$out/NONE.log"; failed=1
fi
exit $failed
