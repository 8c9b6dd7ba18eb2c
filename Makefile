# Every target builds what it needs: Python >= 3.11 (with venv) and make are all that must be there.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
BENCH ?= .venv-bench
# The house runs from the checkout, so that nothing has to be installed but what it depends on.
export PYTHONPATH := $(CURDIR):$(CURDIR)/secrets

made = $(PYTHON) -c 'import sys; sys.version_info < (3, 11) and sys.exit("Python >= 3.11 is needed: make PYTHON=…")' \
	&& echo "  making $(1) with $(PYTHON), some seconds …" && $(PYTHON) -m venv $(1)

CODE := bot handlers simulator secrets/keystore scripts tests benchmarks

.DEFAULT_GOAL := help
.PHONY: help demo play test test-ten truth check bench format docs wheel lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo: $(VENV)/runtime.done ## play the story: the real bot, with HTX, Telegram and Slack simulated
	$(BIN)/python -m bot demo

play: $(VENV)/runtime.done ## the same, but you type and tap
	$(BIN)/python -m bot demo --play

test: $(VENV)/dev.done ## every test, a few minutes
	$(BIN)/python -m pytest $(PYTEST)

test-ten: $(VENV)/dev.done ## every test TIMES=10 times over, beside LOOPS=2 busy loops; fails if one ever failed
	$(BIN)/python scripts/test_often.py --times $(TIMES) --loops $(LOOPS) -- $(PYTEST)

# What `make test` and `make test-ten` run: four at a time, and who has nothing left takes from who has.
PYTEST := -q -n 4 --dist worksteal
TIMES ?= 10
LOOPS ?= 2

# How many random schedules `make truth` plays, on how many processes; with SEED it plays that one and tells it.
SCHEDULES ?= 2000
JOBS ?= 2

truth: $(VENV)/dev.done ## random trouble for the whole bot: SCHEDULES=100000 JOBS=2, or SEED=n to tell one
	$(BIN)/python -m tests.truth.campaign $(if $(SEED),--seed $(SEED),--schedules $(SCHEDULES) --jobs $(JOBS))

check: $(VENV)/dev.done ## format, lint, types, import rules, docs that must not drift
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/python scripts/generate_docs.py --check

bench: $(BENCH)/bench.done ## speed, beside ccxt and httpx: 10 minutes, writes docs/benchmarks.md (QUICK=1: two, writes nothing)
	$(BENCH)/bin/python -m benchmarks $(if $(QUICK),--quick,--write docs/benchmarks.md)

format: $(VENV)/dev.done ## format the code
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

docs: $(VENV)/dev.done ## write the generated parts of README and docs
	$(BIN)/python scripts/generate_docs.py

wheel: $(VENV)/dev.done ## build dist/*.whl from the hashed set, no build isolation
	$(BIN)/python -m hatchling build -t wheel

lock: ## resolve requirements/*.txt anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--quiet --upgrade -o requirements/runtime.txt
	uv pip compile pyproject.toml --group dev --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --quiet --upgrade -o requirements/dev.txt
	uv pip compile pyproject.toml --group bench --universal --python-version 3.11 --generate-hashes --no-annotate \
		--no-header --quiet --upgrade -o requirements/bench.txt
	grep -oE '^hatchling==[^ ]+' requirements/dev.txt | uv pip compile - --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --quiet -o requirements/build.txt

clean: ## remove what was built
	rm -rf $(VENV) $(BENCH) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	@$(call made,$(VENV))

$(VENV)/runtime.done: requirements/runtime.txt | $(BIN)/python
	@$(BIN)/python scripts/install.py requirements/runtime.txt
	@touch $@

$(VENV)/dev.done: requirements/dev.txt | $(BIN)/python
	@$(BIN)/python scripts/install.py requirements/dev.txt
	@touch $@ $(VENV)/runtime.done

$(BENCH)/bin/python:
	@$(call made,$(BENCH))

$(BENCH)/bench.done: requirements/bench.txt | $(BENCH)/bin/python
	@$(BENCH)/bin/python scripts/install.py requirements/bench.txt
	@touch $@
