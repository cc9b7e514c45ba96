#!/usr/bin/env bash
# A wheel built from the sdist, installed into an empty environment, and used far from the checkout: the data must be
# inside, and every command must work. Arguments: the Python to use.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
python=${1:-python3}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m venv "$work/build"
"$work/build/bin/python" -m pip install --quiet --disable-pip-version-check build
"$work/build/bin/python" -m build --outdir "$work/dist" "$root" >"$work/build.log" 2>&1 || { cat "$work/build.log"; exit 1; }
"$python" -m venv "$work/empty"
"$work/empty/bin/python" -m pip install --quiet --disable-pip-version-check "$work"/dist/*.whl
cd "$work"
run="$work/empty/bin/recordmap"
"$run" --version
"$run" init project
cd project
"$run" check
"$run" test
"$run" functions trim
"$run" rule required-field-missing
"$run" schema klaviyo/profile >/dev/null
code=0; "$run" lsp </dev/null || code=$?
test "$code" = 2  # its package is an extra
printf '{"id":"1","type":"profile","attributes":{"email":"ada@example.org"}}\n' >one.ndjson
"$run" map -c "Add Klaviyo Profile TO iPaaS.com" one.ndjson
"$run" explain CustomerNumber -c "Add Klaviyo Profile TO iPaaS.com" --record records/profiles.json#1
cd ..
"$run" demo --profiles 60
"$work/empty/bin/python" - <<'PYTHON'
from recordmap import Engine

plan = Engine.load("project").plan("Add Klaviyo Profile TO iPaaS.com")
outcome = plan({"attributes": {"email": "ada@example.org"}})
assert outcome.record == {"EmailAddress": "ada@example.org", "CustomerNumber": "N/A"}, outcome
PYTHON
echo "1 passed, 0 failed"
