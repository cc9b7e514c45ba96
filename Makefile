# Every target makes the environment it needs. PYTHON picks the interpreter; without it the newest one from 3.11 up.
PYTHON ?= $(shell for p in python3.14 python3.13 python3.12 python3.11 python3 python; do \
	  command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: help demo test check-code tests test-all test-installed test-hooks properties fuzz editors chaos crash histories soak build bench bench-peers docs clean

help:  ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.run: pyproject.toml
	@test -n "$(PYTHON)" || { echo "recordmap needs Python 3.11 or later; none was found"; exit 2; }
	@echo "Making the environment $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { echo "this Python has no venv (on Debian: apt install python3-venv)"; exit 2; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

demo: $(VENV)/.run  ## Sync 1,000 profiles from a local Klaviyo API into a store, and show what happens
	@$(BIN)/recordmap demo

test: check-code tests  ## Lint, types and all tests

check-code: $(VENV)/.dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

tests: $(VENV)/.dev
	@$(BIN)/python tests/postgres/server.py $(BIN)/python -m pytest -n auto --dist loadfile

test-all:  ## Run the tests on every Python from 3.11 up that this machine has
	@set -e; seen=" "; for p in python3.11 python3.12 python3.13 python3.14 python3 $$HOME/.pyenv/versions/3.*/bin/python; do \
	  v=$$($$p -c 'import sys; sys.version_info >= (3, 11) and print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	  case "$$seen" in *" $$v "*) continue;; esac; test -n "$$v" || continue; seen="$$seen$$v "; \
	  echo "== Python $$v"; $(MAKE) --no-print-directory tests PYTHON=$$p VENV=.venv-$$v; done

build: $(VENV)/.dev  ## Build sdist and wheel into dist/
	@$(BIN)/python -m build --outdir dist .

test-installed: $(VENV)/.run  ## Install the wheel into an empty environment and use it outside the checkout
	@bash tests/packaging/installed.sh $(PYTHON)

test-hooks: $(VENV)/.run  ## Run the hooks for pre-commit in a repository of their own
	@bash tests/packaging/hooks.sh $(PYTHON)

properties: $(VENV)/.dev  ## Property tests with new examples, twenty times as many
	@HYPOTHESIS_PROFILE=full RECORDMAP_EXAMPLES=20 $(BIN)/python -m pytest -n auto tests/properties tests/expression/functions/test_random.py \
	  tests/checks/test_soundness.py tests/fuzz/test_checker.py

fuzz: $(VENV)/.dev  ## All attacks on the clock, then a million random formulas and sources, and 100,000 random files
	@$(BIN)/python tests/attacks/run.py
	@$(BIN)/python tests/fuzz/run.py

chaos: $(VENV)/.dev  ## 72 kinds of network faults at every place of a poll and in a plan, and 1,000 random histories
	@$(BIN)/python tests/chaos/run.py

editors: $(VENV)/.dev  ## What yaml-language-server makes of the schemas; needs Node and npm
	@npm install --silent --no-audit --no-fund --prefix .venv-editors yaml-language-server
	@YAML_LANGUAGE_SERVER=.venv-editors/node_modules/yaml-language-server/bin/yaml-language-server \
	  $(BIN)/python -m pytest -n 0 tests/editors/yaml_server.py

crash: $(VENV)/.dev  ## Crashes at every write, kills, and pollers at once, over both stores: nothing lost, nothing double
	@$(BIN)/python tests/postgres/server.py $(BIN)/python tests/crash/run.py

histories: $(VENV)/.dev  ## A thousand random histories of a sync, with crashes and pollers between each other's pages
	@RECORDMAP_HISTORIES=1000 $(BIN)/python tests/postgres/server.py $(BIN)/python -m pytest -n auto tests/sync/test_histories.py

soak: $(VENV)/.dev  ## What a sync costs: up to a million profiles over HTTP into both stores, and stores of up to a million
	@$(BIN)/python tests/postgres/server.py $(BIN)/python -m benchmarks.syncing --layers --keep

bench: $(VENV)/.run  ## Measure speed and memory, and write docs/performance.md; with other engines after bench-peers
	@if test -x .venv-bench/bin/python; then .venv-bench/bin/python -m benchmarks; else $(BIN)/python -m benchmarks; fi

bench-peers:  ## Install other engines to compare with, into .venv-bench; what can't be installed is left out
	@test -n "$(PYTHON)" || { echo "recordmap needs Python 3.11 or later; none was found"; exit 2; }
	@$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --editable .
	@while read -r package; do \
	  .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --only-binary :all: "$$package" \
	  || echo "left out: $$package can't be installed here"; done < benchmarks/peers/packages.txt
	@npm install --silent --no-audit --no-fund --prefix .venv-bench/node jsonata || echo "left out: jsonata, which needs Node and npm"

docs: $(VENV)/.run  ## Write the pages of docs/reference that are made from the code
	@$(BIN)/python docs/generate.py

clean:  ## Remove environments and caches
	rm -rf .venv .venv-* build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis recordmap-demo
