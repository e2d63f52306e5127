# SPDX-License-Identifier: Apache-2.0
# Each target does all its own set-up, from a bare clone. `make help` lists them.
# Whichever Node the machine has: npm scripts find the one that package.json asks for first.

.DEFAULT_GOAL := help
.NOTPARALLEL:

# Given on the command line or in the environment, and handed on where they are not empty.
KUBERNETES_VERSION ?=
USE_EXISTING_CLUSTER ?=
ONCE ?=
DRY_RUN ?=
# More API servers at once than cores, and what is timed is the machine. A cluster that tests share has
# one operator at a time.
MAX_WORKERS ?= $(if $(filter true,$(USE_EXISTING_CLUSTER)),1,2)
# A directory for the test results as JSON.
TEST_RESULTS ?=

export KUBERNETES_VERSION USE_EXISTING_CLUSTER

NPM_RUN := npm run --silent
# npm writes this file last: it is there when the installation is complete.
NODE_MODULES := node_modules/.package-lock.json
CACHE := $(or $(GMSA_OPERATOR_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/gmsa-operator)

jest_results = $(if $(TEST_RESULTS),--json --outputFile=$(abspath $(TEST_RESULTS))/$(1).json)

.PHONY: help
help: ## Print this
	@printf 'make <target>\n\n'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@printf '\n%s\n' 'Variables, as in `make test KUBERNETES_VERSION=1.34`:'
	@printf '  %-26s %s\n' \
	  'ONCE=1' 'demo: end by itself, and fail if a step did not come true' \
	  'DRY_RUN=server' 'deploy, undeploy: only show what would change, by the API server; or client' \
	  'KUBERNETES_VERSION=1.34' 'test, demo, bench: 1.34 to 1.37, or a full version' \
	  'USE_EXISTING_CLUSTER=true' 'test: the current context of $$KUBECONFIG in place of an own control plane' \
	  'SEED=1 MINUTES=10' 'test-faults: which choices, and for how long' \
	  'MAX_WORKERS=2' 'test: control planes that integration tests start at the same time'

.PHONY: build
build: $(NODE_MODULES) ## Bundle the operator and the kubectl plugin into dist/
	@$(NPM_RUN) build
	@echo 'dist/ is built in $(CURDIR)/dist. To run kubectl gmsa: export PATH="$(CURDIR)/dist:$$PATH"'

.PHONY: lint
lint: $(NODE_MODULES) ## Check format, lint rules, import directions, types, licence headers
	@$(NPM_RUN) lint
	@if grep -rL 'SPDX-License-Identifier: Apache-2.0' --include='*.ts' src test scripts | grep .; \
	then echo 'These files lack the line "// SPDX-License-Identifier: Apache-2.0" at their top.' >&2; exit 1; fi

.PHONY: format
format: $(NODE_MODULES) ## Format the code, and mend what the linter can
	@$(NPM_RUN) format

# A test holds it to the code.
.PHONY: reference
reference: $(NODE_MODULES) ## Write what documents have from the code: tables, help, messages
	@node_modules/.bin/node scripts/reference/write.ts

.PHONY: test
test: test-unit test-integration test-cli $(if $(filter true,$(USE_EXISTING_CLUSTER)),,test-chart test-docs) ## All tests

.PHONY: test-unit
test-unit: $(NODE_MODULES) ## Tests that need nothing but Node
	@$(NPM_RUN) test:unit -- $(call jest_results,unit)

.PHONY: test-integration
test-integration: build control-plane ## Tests on a real API server, with the operator of dist/
	@$(NPM_RUN) test:integration -- --maxWorkers=$(MAX_WORKERS) $(call jest_results,integration)

.PHONY: test-cli
test-cli: build control-plane ## Tests of the kubectl plugin, with the plugin and the operator of dist/
	@$(NPM_RUN) test:cli -- --maxWorkers=$(MAX_WORKERS) $(call jest_results,cli)

# Always on control planes of their own: what they install and remove is there once in a cluster.
.PHONY: test-chart
test-chart: build helm ## Tests of the chart, the plain manifests and the image, with Helm on real API servers
	@$(NPM_RUN) test:chart -- --maxWorkers=2 $(call jest_results,chart)

.PHONY: test-docs
test-docs: build helm ## Hold the documents against the code, and run the commands of the guides
	@$(NPM_RUN) test:docs -- --maxWorkers=2 $(call jest_results,docs)

# Not part of `make test`: what is at random belongs where a failure holds nobody up.
.PHONY: test-faults
test-faults: build control-plane ## Users and faults at random for MINUTES, on three replicas
	@$(NPM_RUN) test:faults -- $(if $(SEED),--seed=$(SEED)) $(if $(MINUTES),--minutes=$(MINUTES))

.PHONY: deploy
deploy: $(NODE_MODULES) ## Apply config/default to the cluster of kubectl's current context
	@command -v kubectl >/dev/null || { echo 'kubectl is missing: https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }
	@DRY_RUN='$(DRY_RUN)' node_modules/.bin/node scripts/deploy.ts deploy

.PHONY: undeploy
undeploy: $(NODE_MODULES) ## Take it away again; credential specs and what was granted stay
	@command -v kubectl >/dev/null || { echo 'kubectl is missing: https://kubernetes.io/docs/tasks/tools/' >&2; exit 1; }
	@DRY_RUN='$(DRY_RUN)' node_modules/.bin/node scripts/deploy.ts undeploy

.PHONY: demo
demo: build ## Watch the operator at work; stays up until Ctrl-C, unless ONCE=1
	@$(NPM_RUN) demo -- $(if $(filter 1 true yes,$(ONCE)),--once)

.PHONY: bench
bench: build control-plane ## Measure speed, writes and memory
	@$(NPM_RUN) bench

# Before the tests, which are not as patient as a build takes long.
.PHONY: control-plane
control-plane: $(NODE_MODULES) ## Fetch or build the control plane's programs, once per machine
ifneq ($(USE_EXISTING_CLUSTER),true)
	@node_modules/.bin/node test/support/control-plane/cli.ts build --windows-node >/dev/null
endif

.PHONY: helm
helm: $(NODE_MODULES)
	@node_modules/.bin/node test/support/control-plane/cli.ts build --windows-node --helm >/dev/null

# Not for .ci/run: what it finds changes without us, and not every registry answers it.
.PHONY: audit
audit: $(NODE_MODULES) ## Ask the npm registry for known vulnerabilities in dependencies
	@npm audit

.PHONY: sbom
sbom: $(NODE_MODULES) ## Write the bill of materials of the program to dist/sbom.cdx.json
	@mkdir -p dist
	@node_modules/.bin/node scripts/sbom.ts >dist/sbom.cdx.json

.PHONY: clean
clean: ## Remove dist/, coverage/ and node_modules/
	rm -rf dist coverage node_modules

.PHONY: clean-cache
clean-cache: ## Remove the control plane's programs, which are then built anew
	rm -rf '$(CACHE)/control-plane'

# Not npm ci, which insists on a lock file that names the optional binaries of every platform. With
# --no-save the lock file is followed, and stays as it is.
$(NODE_MODULES): package-lock.json
	@command -v npm >/dev/null || { \
	  echo 'npm is missing: install Node.js 20 or newer, which brings it (https://nodejs.org/).' >&2; exit 1; }
	@version="$$(npm --version)"; if [ "$${version%%.*}" -lt 9 ]; then \
	  echo "npm $$version is too old: install Node.js 20 or newer, or run: npm install --global npm" >&2; exit 1; fi
	@echo 'Installing the Node packages of package-lock.json (npm install) ...' >&2
	@npm install --no-save --no-audit --no-fund --loglevel=error
	@touch $@
