#!/usr/bin/env bash
# Tries the official SDK against `florasync sandbox`: FLORASYNC=path/to/florasync .ci/sdk/run.sh
# Further arguments go to the sandbox, as --storage imagekit.
set -euo pipefail

florasync=${FLORASYNC:?set FLORASYNC to the florasync binary}
florasync=$(realpath "$florasync")
cd "$(dirname "$0")"

work=$(mktemp -d)
pid=
finish() {
	if [ -n "$pid" ]; then
		kill "$pid" 2>/dev/null || true
		wait "$pid" 2>/dev/null || true
	fi
	rm -rf "$work"
}
trap finish EXIT

npm ci --silent

# The first line on stdout is the base URL, printed once connections are taken. A pipe held open on descriptor 3 ends
# with the sandbox, so that a sandbox that dies at the start is an end of file and not a wait.
mkfifo "$work/out"
"$florasync" sandbox --listen 127.0.0.1:0 --key sk_sandbox --dir "$work/data" "$@" >"$work/out" &
pid=$!
exec 3<"$work/out"
if ! read -r -t 30 base <&3; then
	echo "the sandbox printed no base URL" >&2
	exit 1
fi
node run.mjs "$base" sk_sandbox
