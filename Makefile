# Every verb sets up what it needs and may be run again at any time, from any folder: make -C <checkout> <verb>.
STACK ?= staging
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the verbs.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'

# pip compiles the .pyc files on install: a cold start without them takes four times as long.
$(VENV)/run.stamp: requirements.txt
	@echo "Setting up $(VENV) (about a minute, once) ..."
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/dev.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Adding test and lint tools to $(VENV) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

# checkov wants other versions of libraries that the tests use, so it has a virtualenv of its own.
$(VENV)-checkov/stamp: requirements-checkov.txt
	@echo "Setting up $(VENV)-checkov (about a minute, once) ..."
	@test -x $(VENV)-checkov/bin/python || $(PYTHON) -m venv $(VENV)-checkov
	@$(VENV)-checkov/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-checkov.txt
	@touch $@

.PHONY: preview
preview: $(VENV)/run.stamp ## Offline preview of STACK (default staging; all = every stack): resources, policies, cost.
	@$(BIN)/python -m preview show $(STACK)

.PHONY: render
render: $(VENV)/run.stamp ## Write the resource list of STACK to out/<stack>.json.
	@$(BIN)/python -m preview render $(STACK) --json out/$(STACK).json

.PHONY: engine-preview
engine-preview: $(VENV)/run.stamp ## `pulumi preview` of STACK with every policy pack; needs the CLI and credentials.
	@$(BIN)/python -m delivery preview $(STACK)

.PHONY: up
up: $(VENV)/run.stamp ## `pulumi up` of STACK with every policy pack; needs the CLI and credentials.
	@$(BIN)/python -m delivery up $(STACK)

.PHONY: laptop-env
laptop-env: ## Write .env for `docker compose up`, once, with a password made by chance (docs/development.md).
	@test -e .env || (umask 077 && sed "s/^PASSWORD=$$/PASSWORD=$$($(PYTHON) -c 'import secrets; print(secrets.token_hex(16))')/" compose.env.example > .env)

.PHONY: test
test: $(VENV)/dev.stamp ## Run all tests.
	@$(BIN)/python -m pytest -n 2 --dist loadscope --max-worker-restart 0

.PHONY: evidence
evidence: $(VENV)/dev.stamp ## What answers the data protection law for STACK, as a page.
	@$(BIN)/python -m ops evidence $(STACK)

.PHONY: drill
drill: $(VENV)/dev.stamp ## Rehearse failovers and drills in a simulated AWS that fails in every way.
	@$(BIN)/python -m tests.ops.recovery

.PHONY: checkov
checkov: $(VENV)/dev.stamp $(VENV)-checkov/stamp ## Run checkov over the Kubernetes objects of every stack.
	@$(BIN)/python -m pytest tests/infra/workloads/test_checkov.py

.PHONY: requirements
requirements: $(VENV)/dev.stamp ## Show which requirement rows are proven, and by which test.
	@$(BIN)/python -m tests.requirements

.PHONY: lint
lint: $(VENV)/dev.stamp ## ruff check, ruff format --check and the type checker.
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/basedpyright

.PHONY: format
format: $(VENV)/dev.stamp ## Let ruff rewrite what it can.
	@$(BIN)/ruff check --fix --quiet .
	@$(BIN)/ruff format --quiet .

.PHONY: benchmark
benchmark: $(VENV)/dev.stamp ## Measure the preview: figures and ratios of one run.
	@$(BIN)/python -m benchmarks

.PHONY: schema
schema: $(VENV)/run.stamp ## Renew the JSON schemas of stack files and of records from their models.
	@$(BIN)/python -m infra.settings.schema schema/stack.schema.json
	@$(BIN)/python -m ops.records schema/record.schema.json
	@$(BIN)/python -m ops.evidence.model schema/evidence.schema.json

.PHONY: lock
lock: $(VENV)/dev.stamp ## Renew the lock files after a change of requirements*.in.
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements.txt requirements.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements-ops.txt requirements-ops.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements-dev.txt requirements-dev.in
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate -o requirements-checkov.txt requirements-checkov.in
