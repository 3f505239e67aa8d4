# Two commands are all it takes: `make run`, `make test`.

PYTHON ?= $(shell command -v python3.13 || command -v python3 || command -v python)
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
HARD := tests/hostile tests/journeys/test_fault_matrix.py tests/journeys/test_no_log_tells.py tests/test_soak.py \
	tests/supply/test_exported.py
PYTEST := $(BIN)/python -m pytest -n auto --dist loadfile
AZURITE := $(VENV)/azurite/node_modules/.bin/azurite-table
KUSTO := $(VENV)/kusto/node_modules/@kusto/language-service-next
AJV := $(VENV)/clients-node/node_modules/ajv
SIGN_IN := $(VENV)/sign-in-clients/node_modules/mcp-remote/package.json
CLIENTS := $(VENV)/clients/.ready
BENCH := $(VENV)/bench/.ready
CONFORMANCE := $(VENV)/conformance
SUITE := $(CONFORMANCE)/node_modules/@modelcontextprotocol/conformance/package.json
MUTMUT := $(VENV)/mutants/.ready
SUPPLY := $(VENV)/supply/.ready
# Without a network npm tries for minutes. It is asked one thing first, with six seconds to answer.
NPM_ANSWERS = command -v npm >/dev/null && npm view azurite@3.35.0 version --prefer-online \
	--fetch-retries=0 --fetch-timeout=6000 >/dev/null 2>&1
NPM_INSTALL = npm install --no-fund --no-audit --loglevel=error --fetch-retries=1 \
	--fetch-retry-mintimeout=1000 --fetch-timeout=60000

.DEFAULT_GOAL := help
.PHONY: help run demo afternoon test test-hard check conformance soak recall bench bench-growth clients mutants seeded \
	lock sbom audit azurite sign-in-clients screenshots golden pictures format clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(READY) ## Start the local tenant and the MCP server, show a call, serve until Ctrl-C
	@$(BIN)/python -m local run

demo: $(READY) ## The same, but end after the call
	@$(BIN)/python -m local demo

afternoon: $(READY) ## Drive the afternoons of a developer, a scrum master and an office worker through the MCP client (WHO=office: one)
	@$(BIN)/python -m local afternoon $(WHO)

test: check ## Run linters, types and the tests
	@test -e $(AZURITE) || { $(NPM_ANSWERS) && $(MAKE) --silent $(AZURITE) 2>/dev/null; } || \
		echo "Azurite cannot be installed: the tests that need it are skipped."
	@test -e $(KUSTO) || { $(NPM_ANSWERS) && $(MAKE) --silent $(KUSTO) 2>/dev/null; } || \
		echo "Kusto's language service cannot be installed: the alerts' queries are checked by field names alone."
	@test -e $(AJV) || { $(NPM_ANSWERS) && $(MAKE) --silent $(AJV) 2>/dev/null; } || \
		echo "Ajv cannot be installed: what VS Code makes of arguments is checked by rules alone."
	@test -e $(SIGN_IN) || { $(NPM_ANSWERS) && $(MAKE) --silent $(SIGN_IN) 2>/dev/null; } || \
		echo "MCP clients cannot be installed: that they sign in with nothing configured is not tested."
	@$(PYTEST) $(HARD:%=--ignore=%)

test-hard: $(READY) ## Run the tests that take longer: hostile input, the fault matrix, a short soak, OpenTelemetry
	@$(PYTEST) $(HARD)
	@echo "The journeys once more, under the next version of the Functions MCP extension:"
	@LOCAL_MCP_EXTENSION=next $(PYTEST) tests/journeys $(HARD:%=--ignore=%)

conformance: $(READY) ## Run the official MCP conformance suite on the local tenant (npm installs it, and Node 22)
	@test -e $(SUITE) || { $(NPM_ANSWERS) && $(MAKE) --silent $(SUITE); } || \
		{ echo "The conformance suite cannot be installed: npm is missing, or gets no answer."; exit 1; }
	@$(BIN)/python -m tests.conformance $(CONFORMANCE)

check: $(READY) ## Run linters, types and import rules only
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

soak: $(READY) ## Make 50,000 calls by 200 users with faults between; SOAK_CALLS=... for another number
	@$(BIN)/python -m tests.soak --calls $(or $(SOAK_CALLS),50000)

recall: $(READY) ## Measure how much of the documents in FOLDER is read, against NAME.txt beside each
	@$(BIN)/python -m tests.shared.text.recall $(FOLDER)

bench: $(READY) $(BENCH) ## Measure the app beside FastMCP and the hand-rolled pattern, in under six minutes
	@$(BIN)/python -m tests.bench

bench-growth: $(READY) ## Measure what 100,000 kept users cost, in memory and latency
	@$(BIN)/python -m tests.bench.growth

clients: $(READY) $(CLIENTS) $(AJV) ## Run the clients' own converters over the tools, and count tokens (600 MB, needs Node)
	@$(CLIENTS:.ready=bin/python) tests/clients/converters.py
	@$(BIN)/python -m tests.clients.tokens

# mypy, which mutmut runs first, is found on the path.
mutants: $(READY) $(MUTMUT) ## Mutate the code, and say what no test catches; ROOM=entra (policy, http, mcp) for one, AGAIN=1 for survivors too
	@PATH="$(abspath $(MUTMUT:.ready=bin)):$$PATH" $(MUTMUT:.ready=bin/python) -m tests.mutants.run $(or $(JOBS),2) $(ROOM) $(if $(AGAIN),--again)
	@$(MUTMUT:.ready=bin/python) -m tests.mutants.survivors $(ROOM)

seeded: $(READY) ## Seed mistakes in the security-relevant code, one at a time: does a test catch each?
	@$(BIN)/python -m tests.mutants.seeded

lock: $(SUPPLY) ## Write requirements.txt anew: every package a deployment installs, with hashes (UPGRADE=1 for newer ones)
	@CUSTOM_COMPILE_COMMAND="make lock" $(SUPPLY:.ready=bin/python) -m piptools compile --quiet --generate-hashes \
		--strip-extras --no-emit-index-url --no-emit-trusted-host --no-emit-find-links $(if $(UPGRADE),--upgrade) \
		--output-file requirements.txt requirements.in requirements-telemetry.in

sbom: $(SUPPLY) ## Write sbom.json, what a deployment installs as a CycloneDX bill of materials
	@$(SUPPLY:.ready=bin/python) -m cyclonedx_py requirements --pyproject pyproject.toml --mc-type application \
		--output-reproducible --output-format JSON --output-file sbom.json requirements.txt

audit: $(SUPPLY) ## Look every package a deployment installs up among known vulnerabilities
	@$(SUPPLY:.ready=bin/python) -m pip_audit --strict --disable-pip --require-hashes --requirement requirements.txt

azurite: $(AZURITE) ## Install Azurite, the emulator of Azure Table Storage (needs Node)

sign-in-clients: $(SIGN_IN) ## Install the MCP clients that sign in during tests, and what drives Chromium (needs Node)

golden: $(READY) ## Write the files that are made from the tools' declarations
	@$(BIN)/python -m tests.shared.golden

pictures: $(READY) ## Draw the pictures of the documents, from code, infrastructure and sample data
	@$(BIN)/python -m tests.pictures.made

screenshots: $(SIGN_IN) ## Take the screenshots in the documents (needs Chromium and Node)
	@$(BIN)/python -m tests.apps.screenshots

format: $(READY) ## Format the code, and write the files made from the tools' declarations
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .
	@$(BIN)/python -m tests.shared.golden

clean: ## Remove the environment and everything made
	@rm -rf $(VENV) mutants .local .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(READY): requirements.in requirements-local.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 13) and "Python 3.13 or newer is needed; name it with make PYTHON=/path/to/python3.13")'
	@echo "Making the environment in $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(READY)

$(BENCH): tests/bench/requirements.txt tests/bench/requirements-alone.txt requirements.in requirements-local.txt | $(READY)
	@echo "Making the environments of the app and of the alternatives in $(VENV)/bench ..."
	@rm -rf $(VENV)/bench
	@$(PYTHON) -m venv $(VENV)/bench/alone
	@$(VENV)/bench/alone/bin/python -m pip install --quiet --disable-pip-version-check -r tests/bench/requirements-alone.txt
	@$(PYTHON) -m venv $(VENV)/bench/app
	@$(VENV)/bench/app/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-local.txt
	@$(PYTHON) -m venv $(VENV)/bench/alternatives
	@$(VENV)/bench/alternatives/bin/python -m pip install --quiet --disable-pip-version-check -r tests/bench/requirements.txt
	@touch $(BENCH)

$(MUTMUT): tests/mutants/requirements.txt requirements-dev.txt | $(READY)
	@echo "Making the environment of mutmut in $(VENV)/mutants ..."
	@$(PYTHON) -m venv $(VENV)/mutants
	@$(VENV)/mutants/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -r tests/mutants/requirements.txt
	@touch $(MUTMUT)

$(SUPPLY): tests/supply/requirements.txt
	@echo "Making the environment of pip-tools, pip-audit and CycloneDX in $(VENV)/supply ..."
	@$(PYTHON) -m venv $(VENV)/supply
	@$(VENV)/supply/bin/python -m pip install --quiet --disable-pip-version-check -r tests/supply/requirements.txt
	@touch $(SUPPLY)

$(CLIENTS): tests/clients/requirements.txt | $(READY)
	@echo "Making the environment of the clients' converters in $(VENV)/clients ..."
	@$(PYTHON) -m venv $(VENV)/clients
	@$(VENV)/clients/bin/python -m pip install --quiet --disable-pip-version-check -r tests/clients/requirements.txt
	@touch $(CLIENTS)

$(AJV): | $(READY)
	@echo "Installing Ajv and a tokenizer in $(VENV)/clients-node ..."
	@$(NPM_INSTALL) --prefix $(VENV)/clients-node ajv@8.20.0 gpt-tokenizer@4.0.0

$(SIGN_IN): | $(READY)
	@echo "Installing MCP clients in $(VENV)/sign-in-clients ..."
	@$(NPM_INSTALL) --prefix $(VENV)/sign-in-clients mcp-remote@0.15.1 @modelcontextprotocol/inspector@2.12.0 \
		@modelcontextprotocol/sdk@1.32.2 playwright-core@1.65.1 axe-core@4.14.1

$(AZURITE): | $(READY)
	@echo "Installing Azurite in $(VENV)/azurite ..."
	@$(NPM_INSTALL) --prefix $(VENV)/azurite azurite@3.35.0

$(KUSTO): | $(READY)
	@echo "Installing Kusto's language service in $(VENV)/kusto ..."
	@$(NPM_INSTALL) --prefix $(VENV)/kusto @kusto/language-service-next@12.4.1

$(SUITE): | $(READY)
	@echo "Installing the MCP conformance suite and the Node it needs in $(CONFORMANCE) ..."
	@$(NPM_INSTALL) --prefix $(CONFORMANCE) @modelcontextprotocol/conformance@0.1.16 node@22.23.3
