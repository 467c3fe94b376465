# Everything happens in .venv; nothing else on the machine is changed.
# PYTHON=python3.12 make ... chooses another interpreter.

CANDIDATES := python3 python3.14 python3.13 python3.12 python3.11
RECENT := import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in $(CANDIDATES); do \
	$$p -c '$(RECENT)' 2>/dev/null && echo $$p && break; done)
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALLED := .venv/installed

.PHONY: install demo test test-long lint format bench lock messages clean

install: $(INSTALLED)

$(INSTALLED): requirements/dev.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed." >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install --quiet --require-hashes --requirement requirements/dev.txt
	@touch $@

demo: install
	$(BIN)/python manage.py demo $(ARGS)

test: install
	$(BIN)/python -m tests $(ARGS)

test-long: install
	$(BIN)/python -m tests --long $(ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run

format: install
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install
	$(BIN)/python -m benchmarks $(ARGS)

# Choose versions anew within pyproject.toml and write them down with their hashes.
lock: install
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 \
		--all-extras --group dev --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --output-file requirements/dev.txt pyproject.toml

# Collect what is to be translated and compile what is; needs GNU gettext.
messages: install
	$(BIN)/python manage.py makemessages --locale ja --no-location --no-wrap \
		--no-obsolete --ignore .venv --ignore tests --ignore "examples/[!d]*"
	$(BIN)/python manage.py compilemessages --locale ja --ignore .venv

clean:
	rm -rf .venv staticfiles .mypy_cache .pytest_cache .ruff_cache .hypothesis
