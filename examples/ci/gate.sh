#!/bin/sh
# What the jobs of this directory run, and what runs here just as well:
#
#   BASE='./old --port {port}' HEAD='./new --port {port}' examples/ci/gate.sh shop.yaml
#
# First the solver alone, which takes milliseconds; then both builds by turns.
# It ends with the code of the gate: 0 pass, 3 regression or a broken objective,
# 4 undecided, 1 invalid, 2 wrong usage.
set -eu
scenario=${1:?which scenario?}
: "${BASE:?the command that starts the baseline}" "${HEAD:?the command that starts the change}"
headroom=${HEADROOM:-headroom}
out=${OUT:-gate}
mkdir -p "$out"

set -- # the flags that both share
if [ -n "${POLICY:-}" ]; then set -- --policy "$POLICY"; fi
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then set -- "$@" --summary --annotate; fi

"$headroom" gate --static "$scenario" --junit "$out/static.xml" "$@"
"$headroom" gate run "$scenario" --base "$BASE" --head "$HEAD" \
	--pairs "${PAIRS:-10}" --max-pairs "${MAX_PAIRS:-20}" --duration "${DURATION:-10s}" \
	--keep "$out/runs" --junit "$out/gate.xml" --bench "$out/bench" "$@"
