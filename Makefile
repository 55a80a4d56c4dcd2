# The commands of the README. Each does its own set-up in .venv; nothing but Python 3.11+ and make is needed.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench lock clean

help: ## what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.demo: pyproject.toml requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "installing into .venv …"
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

.venv/.dev: pyproject.toml .venv/.demo
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: .venv/.demo ## open the product in the browser, on the sandbox
	@$(BIN)/lumenfall-bot demo

test: .venv/.dev ## run every test
	@$(BIN)/python -m pytest

check: .venv/.dev ## format, lint, types, imports, tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/python -m pytest

format: .venv/.dev ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/.dev ## measure, side by side, and print the table
	$(BIN)/python -m benchmarks

lock: .venv/.dev ## pin what ships, with hashes
	$(BIN)/pip-compile --quiet --generate-hashes --strip-extras --no-emit-index-url --no-emit-trusted-host \
	  --no-emit-find-links --allow-unsafe --extra demo --extra postgres --output-file requirements.lock pyproject.toml

clean: ## remove what was built
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis artifacts *.egg-info
