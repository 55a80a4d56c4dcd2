# The commands of the README. Each does its own set-up in .venv; nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-annotate --exclude-newer "$(shell date -u -d "10 days ago" +%F)" --custom-compile-command "make lock"

TEST := $(BIN)/python -m tests.run -m "not deep"
# What is marked as deep, and every property and model with more examples.
DEEP := $(BIN)/python -m tests.run -m "deep or hypothesis" --hypothesis-profile deep --timeout 1200

.DEFAULT_GOAL := help
.PHONY: help demo test deep check format bench pictures texts lock clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.demo: pyproject.toml requirements-demo.lock requirements-build.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing what the demo needs into .venv …"
	@$(PIP) --require-hashes --only-binary :all: -r requirements-build.lock
	@$(PIP) --require-hashes --no-build-isolation -r requirements-demo.lock
	@$(PIP) --no-deps -e .
	@touch $@

.venv/.dev: pyproject.toml requirements-dev.lock requirements-build.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing what the tests need into .venv …"
	@$(PIP) --require-hashes --only-binary :all: -r requirements-build.lock
	@$(PIP) --require-hashes --no-build-isolation -r requirements-dev.lock
	@$(PIP) --no-deps -e .
	@touch $@

demo: .venv/.demo ## open the product in the browser, on the sandbox
	@$(BIN)/lumenfall-bot demo

test: .venv/.dev ## run the tests; what needed a second chance stands in the last line
	@$(TEST)

deep: .venv/.dev ## run what takes longer: long loads, ten times the examples of every property
	@$(DEEP)

check: .venv/.dev ## format, lint, types, imports, tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(TEST)

format: .venv/.dev ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.dev ## measure, side by side, and print the table
	$(BIN)/python -m benchmarks

pictures: .venv/.dev ## draw the documentation's pictures again; needs Node.js and Chromium
	$(BIN)/python docs/pictures/draw.py

texts: .venv/.dev ## bring the catalogues of the languages up to date with what is marked
	$(BIN)/python -m tests.architecture.marked_texts

lock: .venv/.dev ## pin what ships, what demonstrates and what tests, with hashes
	$(COMPILE) pyproject.toml --extra postgres --extra charts --output-file requirements.lock
	$(COMPILE) pyproject.toml --extra demo --extra charts --output-file requirements-demo.lock
	$(COMPILE) pyproject.toml --extra dev --output-file requirements-dev.lock
	$(COMPILE) --group build --output-file requirements-build.lock

clean: ## remove what was built
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis artifacts *.egg-info
