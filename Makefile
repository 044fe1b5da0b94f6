# Two commands do everything: `make run` and `make test`. The rest is for people who change the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: run test long quick lint format clean install install-dev

run: $(RUN_STAMP) ## install if needed, check system libraries, start the app
	@$(BIN)/python -m ui $(ARGS)

test: $(DEV_STAMP) ## real models, real data where it lies, a real browser; all but the long ones
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "not long"

long: $(DEV_STAMP) ## the tests that take longest: many kills, many sessions, a live one, every real clip, no network
	$(BIN)/python -m pytest -n 2 --dist loadfile -m "long and not alone"
	$(BIN)/python -m pytest -m "long and alone"

quick: $(DEV_STAMP) ## the fast tier: no real model, no data, no browser
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist worksteal --ignore tests/e2e -m "not models and not data and not browser and not slow"

lint: $(DEV_STAMP) ## style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV_STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

install: $(RUN_STAMP)

install-dev: $(DEV_STAMP)

clean: ## remove what make made; trained runs and tables stay
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUN_STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info < (3, 13) else "Python 3.11 or 3.12 is needed, this is %d.%d: run `make PYTHON=python3.11 ...`." % sys.version_info[:2])'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) || { echo "The Debian package python3-venv is missing: apt-get install python3-venv."; rm -rf $(VENV); exit 2; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	$(BIN)/python -m extraction.alignment
	@touch $@

$(DEV_STAMP): $(RUN_STAMP) requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.lock
	@touch $@
