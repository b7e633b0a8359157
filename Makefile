# Settings can be given on the command line: make run PORT=8010 DATA_DIR=/srv/nocturne

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UNIT_TESTS := tests/unit tests/architecture
TIMES := 20
SHOTS := $(or $(TMPDIR),/tmp)/nocturne-pages

# An installation is made beside the present one, which it replaces when it is complete: when it fails or is interrupted,
# what worked before still works. A stamp file records the folder of an installation, which works in no other folder.
NEW := $(VENV).new
OLD := $(VENV).old
NEW_PIP := $(NEW)/bin/python -m pip --disable-pip-version-check --no-input --quiet
FOR_RUN := $(VENV)/.made-for-run
FOR_DEV := $(VENV)/.made-for-dev
MADE_IN := $(shell [ -x $(BIN)/python ] && cat $(FOR_RUN) 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help install install-dev run migrate csu test test-unit coverage check fmt format audit bench bench-booking bench-accounts \
  bench-backlog bench-worker bench-notifications bench-alerts bench-search bench-analytics bench-live bench-processes bench-memory bench-pages \
  bench-growth bench-check faults many screenshots smoke browser lock clean FORCE

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(FOR_RUN) ## Install Nocturne and its dependencies into .venv
	@echo "Nocturne is installed in $(VENV); make run starts it"

install-dev: $(FOR_DEV) ## Install the development tools as well
	@echo "Nocturne and its development tools are installed in $(VENV)"

run: $(FOR_RUN) ## Start the platform
	@exec $(BIN)/nocturne serve

migrate: $(FOR_RUN) ## Migrate the database's schema; every start does that, too
	@exec $(BIN)/nocturne migrate

csu: $(FOR_RUN) ## Create an admin account; it asks for the email address, the name and the password
	@exec $(BIN)/nocturne create-admin $(ARGS)

test: $(FOR_DEV) browser ## Run all tests; ARGS="-k booking" selects some
	@$(BIN)/python -m pytest -n auto --dist worksteal --ignore tests/bench $(ARGS)

test-unit: $(FOR_DEV) ## Run the tests that need no database and no browser, in seconds
	@$(BIN)/python -m pytest -q -n auto $(UNIT_TESTS) $(ARGS)

faults: $(FOR_DEV) ## Kill, cut and fill up what the platform stands on, many times, and print what was lost: takes an hour
	@NOCTURNE_FAULTS=full $(BIN)/python -m pytest -q -rN $(or $(ARGS),tests/faults)

coverage: $(FOR_DEV) browser ## Run all tests and show which lines they miss; ARGS selects tests
	@$(BIN)/python -m pytest -q -n auto --dist worksteal --cov --cov-report=term-missing $(ARGS)

check: $(FOR_DEV) ## Check style, spelling, types and imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/codespell
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fmt: $(FOR_DEV) ## Format the code and fix what can be fixed automatically
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

format: fmt ## The same as fmt

audit: $(FOR_DEV) ## Look for known vulnerabilities in the locked packages, and for risky code
	@$(BIN)/ruff check --select S --exclude tests
	@$(BIN)/python tests/audit/dependencies.py requirements.lock requirements-dev.lock

bench: bench-booking bench-backlog bench-worker bench-accounts bench-notifications bench-alerts bench-search bench-analytics bench-live bench-processes bench-memory bench-pages ## Measure performance; each figure is a ratio of two measurements taken side by side

bench-booking: $(FOR_DEV) ## Measure booking only; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.booking $(ARGS)

bench-backlog: $(FOR_DEV) ## Measure bookings while many holds expire and many parties are promoted
	@$(BIN)/python -m bench.booking.backlog $(ARGS)

bench-worker: $(FOR_DEV) ## Measure bookings with the worker in the API process; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.booking.worker $(ARGS)

bench-accounts: $(FOR_DEV) ## Measure logging in only; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.accounts $(ARGS)

bench-notifications: $(FOR_DEV) ## Measure notifications only; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.notifications $(ARGS)

bench-alerts: $(FOR_DEV) ## Measure saved searches only; ARGS="--searches 10000" is quick
	@$(BIN)/python -m bench.alerts $(ARGS)

bench-search: $(FOR_DEV) ## Measure lists and searches only; ARGS="--sizes 1000 --rounds 1" is quick
	@$(BIN)/python -m bench.search $(ARGS)

bench-analytics: $(FOR_DEV) ## Measure the figures of a year of bookings; ARGS="--bookings 10000 --events 1000" is quick
	@$(BIN)/python -m bench.analytics $(ARGS)

bench-live: $(FOR_DEV) ## Measure live updates only; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.live $(ARGS)

bench-processes: $(FOR_DEV) ## Measure two API processes beside one; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.processes $(ARGS)

bench-memory: $(FOR_DEV) ## Measure the memory of an API process; ARGS="--bookings 10000 --hours 4 --seconds 2" is quick
	@$(BIN)/python -m bench.memory $(ARGS)

bench-pages: $(FOR_DEV) browser ## Measure pages beside the API, and on a phone; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.pages $(ARGS)

bench-growth: $(FOR_DEV) ## Measure an event with many bookings beside one with few, which bench-booking does too
	@$(BIN)/python -m bench.booking.growth $(ARGS)

bench-check: $(FOR_DEV) ## Check that the benchmarks still run, which make test leaves out: it takes a minute
	@$(BIN)/python -m pytest -q tests/bench $(ARGS)

many: $(FOR_DEV) ## Run the test of several API processes and workers TIMES times in a row, by default 20
	@for run in $$(seq $(TIMES)); do \
	  $(BIN)/python -m pytest -q tests/e2e/test_many_processes.py $(ARGS) || { echo "Run $$run failed" >&2; exit 1; }; done

screenshots: $(FOR_DEV) browser ## Take pictures of all pages into SHOTS, and draw docs/pages.webp and docs/front.webp
	@mkdir -p $(SHOTS)
	@SCREENSHOTS=$(SHOTS) $(BIN)/python -m pytest -q -n auto --dist worksteal tests/pages $(ARGS)
	@$(BIN)/python -m tests.screenshots.sheet $(SHOTS) docs
	@$(BIN)/python -m tests.screenshots.front $(SHOTS) docs/front.webp

smoke: $(FOR_RUN) ## Run the README's first five minutes against the running platform
	@$(BIN)/python tests/smoke/walk.py $(if $(HOST),--host $(HOST)) $(if $(PORT),--port $(PORT))

browser: $(FOR_RUN) ## Install Chromium unless there is a browser already
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	$(BIN)/python -c "$$PLAYWRIGHT_HAS_ONE" && exit 0; \
	echo "Installing Chromium"; \
	[ "$$(id -u)" = 0 ] || exec $(BIN)/playwright install chromium; \
	$(BIN)/playwright install --with-deps chromium || { apt-get update && apt-get install -y chromium; }

lock: ## Lock the newest versions with their hashes; UPGRADE= keeps the present ones
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; trap 'exit 1' INT TERM; set -e; \
	$(PYTHON) -m venv "$$tools"; "$$tools/bin/python" -m pip --disable-pip-version-check --quiet install uv; \
	echo "Locking requirements.lock"; "$$tools/bin/uv" $(COMPILE) -o requirements.lock; \
	echo "Locking requirements-dev.lock"; "$$tools/bin/uv" $(COMPILE) --extra dev -o requirements-dev.lock

clean: ## Remove .venv and caches; data and settings stay
	@echo "Removing $(VENV) and caches"
	@rm -rf $(VENV) $(NEW) $(OLD) *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

ifneq ($(MADE_IN),$(CURDIR))
$(FOR_RUN): FORCE
endif

$(FOR_RUN): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Nocturne needs Python 3.11 or newer, but '$(PYTHON)' is not: add PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module: install it (on Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@rm -rf $(NEW)
	@if [ "$(MADE_IN)" = "$(CURDIR)" ]; then cp -pR $(VENV) $(NEW) && rm -f $(NEW)/.made-for-dev; else \
	  echo "Creating $(VENV) with $$($(PYTHON) -V)"; $(PYTHON) -m venv $(NEW); fi
	@echo "Installing the packages of requirements.lock"
	@$(NEW_PIP) install --no-compile --no-deps --require-hashes -r requirements.lock
	@$(NEW_PIP) install --no-compile --no-deps --no-build-isolation -e .
	@$(REPLACE)

$(FOR_DEV): requirements-dev.lock $(FOR_RUN)
	@rm -rf $(NEW) && cp -pR $(VENV) $(NEW)
	@echo "Installing the packages of requirements-dev.lock"
	@$(NEW_PIP) install --no-compile --no-deps --require-hashes -r requirements-dev.lock
	@$(REPLACE) && touch $(FOR_DEV)

# The programs of an environment name the folder of its Python.
REPLACE = $(NEW)/bin/python -c "$$MOVE_PROGRAMS" $(CURDIR)/$(NEW) $(CURDIR)/$(VENV) && pwd > $(NEW)/.made-for-run && \
  rm -rf $(OLD) && { [ ! -e $(VENV) ] || mv $(VENV) $(OLD); } && mv $(NEW) $(VENV) && rm -rf $(OLD)

define MOVE_PROGRAMS
import pathlib, sys
old, new = (each.encode() for each in sys.argv[1:])
for file in [*pathlib.Path(sys.argv[1], "bin").iterdir(), pathlib.Path(sys.argv[1], "pyvenv.cfg")]:
    if not file.is_symlink() and file.is_file() and old in (content := file.read_bytes()):
        file.write_bytes(content.replace(old, new))
endef
export MOVE_PROGRAMS

define PLAYWRIGHT_HAS_ONE
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
endef
export PLAYWRIGHT_HAS_ONE

UPGRADE := --upgrade
COMPILE := pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-package django --no-header $(UPGRADE)
