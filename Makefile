# The only place where commands are spelled. Every target makes the environment that it needs; nothing is installed
# outside this folder. Needs Python >= 3.11 with venv, git and make.

VENV ?= .venv
BIN := $(VENV)/bin
PYTHONS := python3 python3.11 python3.12 python3.13 python3.14
PYTHON ?= $(shell for name in $(PYTHONS); do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { command -v "$$name"; break; }; done)
BOOTSTRAP = @$(if $(PYTHON),,echo "Python 3.11 or newer is needed; none of these is one: $(PYTHONS)" >&2; exit 1;) \
	"$(PYTHON)" deploy/bootstrap.py --venv "$(VENV)"
LOCK := uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11

.DEFAULT_GOAL := help
.PHONY: help demo up migrate test mutation check lint types imports format lock clean runtime develop
.NOTPARALLEL:

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 18

demo: runtime ## run Lookout on this clone, with its own Postgres and Valkey, and open the report
	@"$(BIN)/lookout" demo $(ARGS)

up: runtime ## run the whole stack on this machine until Ctrl-C
	@"$(BIN)/lookout" up $(ARGS)

migrate: runtime ## bring the database's tables up to date
	@"$(BIN)/lookout" migrate $(ARGS)

# Three at once: most of the time tests wait for processes, so two processors serve three of them.
test: develop ## every test, with the coverage gate; a part of them: make test ARGS=tests/unit
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT INT TERM && \
	COVERAGE_FILE="$$scratch/coverage" "$(BIN)/python" -m pytest $(or $(ARGS),-n 3 --dist loadfile --no-loadscope-reorder --cov --cov-report=term-missing:skip-covered)

mutation: develop ## change the ledger's decisions one by one, and see which change no test notices
	@"$(BIN)/uv" venv --quiet --allow-existing --python "$(BIN)/python" "$(VENV)-mutation" && \
	"$(BIN)/uv" pip install --quiet --python "$(VENV)-mutation/bin/python" -r requirements-dev.lock -r pyproject.toml --extra mutation && \
	"$(VENV)-mutation/bin/mutmut" run $(ARGS) && "$(VENV)-mutation/bin/mutmut" results

check: lint types imports test ## all that CI checks

lint: develop ## style
	@"$(BIN)/ruff" check && "$(BIN)/ruff" format --check

types: develop ## types, those of the tests too
	@"$(BIN)/mypy"

imports: develop ## which package may import which
	@"$(BIN)/lint-imports"

format: develop ## put the code into the one format
	@"$(BIN)/ruff" check --fix-only --quiet && "$(BIN)/ruff" format

lock: develop ## pin what pyproject.toml asks for; newer versions: make lock ARGS=--upgrade
	@"$(BIN)/$(firstword $(LOCK))" $(wordlist 2,99,$(LOCK)) $(ARGS) --extra build pyproject.toml -o requirements.lock
	@"$(BIN)/$(firstword $(LOCK))" $(wordlist 2,99,$(LOCK)) $(ARGS) --extra build --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove what these targets made in this folder; your data stays
	@rm -rf "$(VENV)" "$(VENV)-mutation" "$(VENV).old" "$(VENV).lock" *.egg-info build mutants .coverage* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find agents orchestrator tasks migrations tests benchmarks deploy -name __pycache__ -prune -exec rm -rf {} +

runtime:
	$(BOOTSTRAP) run

develop:
	$(BOOTSTRAP) develop
