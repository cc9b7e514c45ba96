#!/usr/bin/env bash
# The hooks as pre-commit runs them: in a repository of its own, from a clone of this one, with everything installed.
# Argument: the Python to use.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
python=$("${1:-python3}" -c 'import sys; print(sys.executable)')
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PRE_COMMIT_HOME="$work/cache" GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

"$python" -m venv "$work/tools"
"$work/tools/bin/python" -m pip install --quiet --disable-pip-version-check "pre-commit>=4,<5"
# What is committed, and what isn't yet, as one revision: pre-commit clones and knows no working tree.
mkdir "$work/source"
(cd "$root" && git ls-files -z --cached --others --exclude-standard | xargs -0 tar -cf -) | tar -xf - -C "$work/source"
git() { command git -c user.name=test -c user.email=test@example.org -c init.defaultBranch=main "$@"; }
git -C "$work/source" init --quiet
git -C "$work/source" add --all
git -C "$work/source" commit --quiet --message source

mkdir "$work/users"
cd "$work/users"
git init --quiet
cp -r "$root/collections/klaviyo" mappings
cat >.pre-commit-config.yaml <<YAML
default_language_version: {python: "$python"}
repos:
  - repo: $work/source
    rev: $(git -C "$work/source" rev-parse HEAD)
    hooks:
      - {id: recordmap-check, args: [--strict, mappings]}
      - {id: recordmap-fix, args: [mappings], stages: [manual]}
      - {id: recordmap-test, args: [mappings]}
YAML
git add --all
pre_commit="$work/tools/bin/pre-commit"
"$pre_commit" run --all-files

echo "A template with a slip is stopped, and repaired by the other hook:"
sed -i 's/source: attributes.email$/sorce: attributes.email/' mappings/customer_add.yaml
git add --all
if "$pre_commit" run >"$work/answer"; then cat "$work/answer"; echo "the slip was let through"; exit 1; fi
grep -q "did you mean 'source'?" "$work/answer" || { cat "$work/answer"; exit 1; }
if "$pre_commit" run recordmap-fix --hook-stage manual >"$work/answer"; then echo "nothing was repaired"; exit 1; fi
grep -q "1 fixed, none left" "$work/answer" || { cat "$work/answer"; exit 1; }
git add --all
"$pre_commit" run --all-files
echo "1 passed, 0 failed"
