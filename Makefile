# The two commands are `make run` and `make test`; `make help` lists the rest.
# Python >= 3.11 and make are all that has to be there.

PYTHON ?= python3
VENV ?= .venv
# Extra arguments for the installation of torch, such as an --index-url for another build.
TORCH_ARGS ?=
# Test processes side by side, and extra arguments such as PYTEST_ARGS="-k metrics -x".
WORKERS ?= 2
IN_PARALLEL = -n $(WORKERS) --dist worksteal
PYTEST_ARGS ?=
RUN_DIR ?= runs/m4-hourly

BIN = $(VENV)/bin
STAMP = $(VENV)/.installed
AUDIT = $(VENV)/audit
PANDAS2 = $(VENV)/pandas2
WITH_PANDAS2 = PYTHONPATH=$(abspath $(PANDAS2)) $(BIN)/python
# What depends on pandas: the estimator, and what reads and draws frames. The kinds of cells don't.
PANDAS_TESTS = tests/test_sktime_contract.py tests/forecaster tests/estimator tests/frames tests/files \
    tests/evaluation tests/reports tests/plotting --ignore=tests/estimator/test_cells.py
# Modules are compiled when they are first imported, most of them never.
PIP_INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile \
    -c constraints.txt

# Compiled modules are kept, whatever the caller's environment says: without them each of the many
# processes that tests start compiles torch, pandas and sktime once more, for seconds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help venv run warm test contract-pandas2 lint format types docs wheel bench audit clean distclean

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 18

venv: $(STAMP) ## create .venv with the pinned set of packages

# torch comes first and by its pin: left to the resolver, it may bring another build of several GB.
$(STAMP): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else \
	    "esrnn needs Python >= 3.11, this is " + sys.version.split()[0] + "; name another: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(PIP_INSTALL) $(TORCH_ARGS) torch==2.13.0
	$(PIP_INSTALL) -e '.[dev,plots,docs,baselines,fev]'
	@touch $@

# Before the environment is made, so that it is said within a second.
.PHONY: say-run
say-run:
	@echo "make run first forecasts some hourly series with networks that come with the package. Then it"
	@echo "trains six networks on M4 Hourly (414 series), forecasts 48 steps and scores them."
	@echo "That takes 2 to 3 minutes on two cores; the first time, packages are installed before it."
	@echo "A table of scores is printed at the end; all files go to $(RUN_DIR)."

run: say-run $(STAMP) ## train, forecast and score M4 Hourly; results in runs/m4-hourly
	$(BIN)/python -m esrnn example
	$(BIN)/python -m competitions run m4-hourly --method esrnn --out $(RUN_DIR)

warm: $(STAMP) ## compile all kernels, which is otherwise left to the first call
	$(BIN)/python -m esrnn warm

test: $(STAMP) ## the whole suite, doctests included
	$(BIN)/python -m pytest $(IN_PARALLEL) $(PYTEST_ARGS)

# The other pandas lies in a folder of its own, before the environment's on the path.
$(PANDAS2)/.installed: $(STAMP) constraints-pandas2.txt
	rm -rf $(PANDAS2)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints-pandas2.txt \
	    --no-deps --target $(PANDAS2) pandas pytz
	@touch $@

# Slow tests train for accuracy or start processes, which is no matter of pandas.
contract-pandas2: $(PANDAS2)/.installed ## sktime's checks and all that depends on pandas, with pandas 2.3
	$(WITH_PANDAS2) -c 'import pandas, sys; print("pandas", pandas.__version__); \
	    sys.exit(None if pandas.__version__.startswith("2.3.") else "that is not pandas 2.3")'
	$(WITH_PANDAS2) -m pytest $(IN_PARALLEL) -m "not slow or contract" $(PANDAS_TESTS) $(PYTEST_ARGS)

lint: $(STAMP) ## ruff: rules and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## apply ruff's fixes and formatting
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## mypy, strict
	$(BIN)/mypy

docs: $(STAMP) ## build the documentation, warnings are errors
	$(BIN)/python -m sphinx -W --keep-going -n -q -b html docs docs/_build/html

wheel: $(STAMP) ## build sdist and wheel into dist, and try the wheel in a fresh environment
	$(BIN)/python .ci/check_wheel.py dist

bench: $(STAMP) ## speed of the kernels and of a training step
	$(BIN)/python -m benchmarks

# Not part of .ci/run: it asks the package index, which a machine for tests may not reach. A package that
# the index does not know makes it fail, so that it never passes unread.
audit: ## known vulnerabilities of the pinned packages, as the package index lists them
	$(PYTHON) -m venv $(AUDIT)
	$(AUDIT)/bin/python -m pip install --quiet --disable-pip-version-check pip-audit
	$(AUDIT)/bin/pip-audit --strict --disable-pip --no-deps -r constraints.txt

clean: ## remove caches and built files; keeps .venv and runs
	rm -rf build dist docs/_build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find esrnn competitions benchmarks tests docs -name __pycache__ -type d -prune -exec rm -rf {} +

distclean: clean ## clean, and remove .venv too
	rm -rf $(VENV)
