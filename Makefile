# Settings may be given along: make run PORT=8010 DATA_DIR=/srv/nocturne

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet

# A stamp holds the folder that an installation was made in, as it works nowhere else. It is written last, and taken
# away while an installation is under way: when that is cut off, pip would take half a package for a whole one, so
# where there is no stamp, everything begins anew.
FOR_RUN := $(VENV)/.made-for-run
FOR_DEV := $(VENV)/.made-for-dev
MADE_IN := $(shell [ -x $(BIN)/python ] && cat $(FOR_RUN) 2>/dev/null)

.DEFAULT_GOAL := help
.PHONY: help install install-dev run test check audit bench bench-booking bench-accounts bench-notifications bench-alerts smoke browser lock clean FORCE

help: ## List what there is to do
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: $(FOR_RUN) ## Install what is needed to run it, into .venv
	@echo "Nocturne is installed in $(VENV); make run starts it"

install-dev: $(FOR_DEV) ## Install what is needed to work on it, too
	@echo "Nocturne's tools are installed in $(VENV)"

run: $(FOR_RUN) ## Start the platform
	@exec $(BIN)/nocturne serve

test: $(FOR_DEV) browser ## Run the tests; ARGS="-k booking" picks some
	@$(BIN)/python -m pytest -n auto $(ARGS)

check: $(FOR_DEV) ## Check style, types and imports
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy
	@$(BIN)/lint-imports

audit: $(FOR_DEV) ## Look for known holes in the locked packages, and for risky code
	@$(BIN)/ruff check --select S --exclude tests
	@$(BIN)/python tests/audit/dependencies.py requirements.lock requirements-dev.lock

bench: bench-booking bench-accounts bench-notifications bench-alerts ## Measure how fast it is; every figure is a ratio of two taken side by side

bench-booking: $(FOR_DEV) ## Measure booking alone; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.booking $(ARGS)

bench-accounts: $(FOR_DEV) ## Measure log-ins alone; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.accounts $(ARGS)

bench-notifications: $(FOR_DEV) ## Measure deliveries alone; ARGS="--rounds 1" is quick
	@$(BIN)/python -m bench.notifications $(ARGS)

bench-alerts: $(FOR_DEV) ## Measure saved searches alone; ARGS="--searches 10000" is quick
	@$(BIN)/python -m bench.alerts $(ARGS)

smoke: $(FOR_RUN) ## Walk the README's first five minutes on the platform that is running
	@$(BIN)/python tests/smoke/walk.py --base http://$(or $(HOST),127.0.0.1):$(or $(PORT),8000)

browser: $(FOR_RUN) ## See to it that there is a browser for pages that need one
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null && exit 0; done; \
	$(BIN)/python -c "$$PLAYWRIGHT_HAS_ONE" && exit 0; \
	echo "Installing Chromium"; \
	[ "$$(id -u)" = 0 ] || exec $(BIN)/playwright install chromium; \
	$(BIN)/playwright install --with-deps chromium || { apt-get update && apt-get install -y chromium; }

lock: ## Choose the newest versions that pyproject.toml allows, with their hashes
	@tools=$$(mktemp -d); trap 'rm -rf "$$tools"' EXIT; trap 'exit 1' INT TERM; set -e; \
	$(PYTHON) -m venv "$$tools"; "$$tools/bin/python" -m pip --disable-pip-version-check --quiet install uv; \
	echo "Locking requirements.lock"; "$$tools/bin/uv" $(COMPILE) -o requirements.lock; \
	echo "Locking requirements-dev.lock"; "$$tools/bin/uv" $(COMPILE) --extra dev -o requirements-dev.lock

clean: ## Remove what was installed and cached; data and settings stay
	@echo "Removing $(VENV) and caches"
	@rm -rf $(VENV) *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

ifneq ($(MADE_IN),$(CURDIR))
$(FOR_RUN): FORCE
endif

$(FOR_RUN): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Nocturne needs Python 3.11 or newer, and '$(PYTHON)' is not: add PYTHON=/path/to/python3.11" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' has no venv module: install it (on Debian and Ubuntu: apt-get install python3-venv)" >&2; exit 1; }
	@[ "$(MADE_IN)" = "$(CURDIR)" ] || { \
	  echo "Making $(VENV) with $$($(PYTHON) -V)"; rm -f $(FOR_RUN) $(FOR_DEV); $(PYTHON) -m venv --clear $(VENV); }
	@rm -f $(FOR_RUN) $(FOR_DEV)
	@echo "Installing the packages of requirements.lock"
	@$(PIP) install --no-deps --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@pwd > $(FOR_RUN)

$(FOR_DEV): requirements-dev.lock $(FOR_RUN)
	@rm -f $(FOR_RUN) $(FOR_DEV)
	@echo "Installing the packages of requirements-dev.lock"
	@$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@pwd > $(FOR_RUN); touch $(FOR_DEV)

define PLAYWRIGHT_HAS_ONE
import pathlib, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not pathlib.Path(playwright.chromium.executable_path).exists())
endef
export PLAYWRIGHT_HAS_ONE

COMPILE := pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-package django --no-header --upgrade
