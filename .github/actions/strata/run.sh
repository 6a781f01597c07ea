#!/bin/sh
# What every recipe of CI runs: `strata run --ci` with what the environment says. The values are never part of a script,
# so that nothing in them is a command.
set -eu
: "${STRATA_PACK:?is not set: the pack to run}" "${STRATA_TARGET:?is not set: the base URL of the system under test}"
out=${STRATA_OUT:-strata-run}
# Words without patterns: more arguments are separated by spaces.
set -f
# shellcheck disable=SC2086 # several words
set -- ${STRATA_ARGUMENTS:-}
[ -z "${STRATA_VERIFY:-}" ] || set -- --verify "$STRATA_VERIFY" "$@"
[ -z "${STRATA_BASELINE:-}" ] || set -- --baseline "$STRATA_BASELINE" "$@"
exec "${STRATA:-strata}" run "$STRATA_PACK" --target "$STRATA_TARGET" --ci --out "$out" \
    --junit "$out.junit.xml" --summary-export "$out.summary.json" "$@"
