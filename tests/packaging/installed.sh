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
for extra in "--metrics 127.0.0.1:0" --traces; do
  code=0; "$run" sync --every 5m $extra 2>extra.txt || code=$?
  test "$code" = 2  # so are theirs
  grep -q "pip install 'recordmap\[" extra.txt
done
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

# A connector in a package of its own, as docs/how-to/write-a-connector.md has it: installed, it is found by its name.
mkdir plugin && cd plugin
"$work/empty/bin/python" "$root/tests/packaging/plugin.py" "$root/docs/how-to/write-a-connector.md"
"$work/empty/bin/python" -m pip install --quiet --disable-pip-version-check ./package
cd crm
"$run" check
printf 'id,email,first_name,last_name,company,changed\n7,ada@example.org,Ada,Lovelace,Engines,2024-02-11T08:45:29Z\n' >people.csv
"$run" sync | tee synced.txt
grep -q "^added" synced.txt

# The container file of the page about operating, followed on this machine.
"$work/empty/bin/python" "$root/tests/packaging/container.py" "$root/docs/how-to/operate-a-sync.md" "$work/dist" "$python"
echo "1 passed, 0 failed"
