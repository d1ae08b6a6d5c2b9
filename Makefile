# make            prints this help
# Long logic stands in scripts; a target is a name for one of them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PRESET ?= dev
JOBS ?= $(shell nproc)

.PHONY: help
help: ## Print this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: deps
deps: ## Install what is missing: packages, Go, Node
	@cmake/install-deps.sh

.PHONY: up
up: deps ## Build, bring a cluster up, install the operator, call a tool of the quickstart (MOORING_CLUSTER=NAME: one more)
	@tests/cluster/make-up.sh

.PHONY: down
down: ## Remove the cluster and all else that `make up` has started (MOORING_CLUSTER=NAME: of that one)
	@tests/cluster/make-down.sh

.PHONY: images
images: deps ## Pack the container images into build/images
	@tests/cluster/make-programs.sh
	@tests/cluster/make-images.sh

.PHONY: tools
tools: deps ## Build the project's own cluster, kubectl and Helm into build/bin
	@tests/cluster/make-tools.sh

.PHONY: build
build: deps ## Build all programs and tests (PRESET=dev|asan|tsan|release|ci)
	@mkdir -p build
	cmake --preset $(PRESET) > build/$(PRESET).configure.log 2>&1 || { cat build/$(PRESET).configure.log; exit 1; }
	cmake --build --preset $(PRESET) -j $(JOBS)

.PHONY: unit
unit: build ## Run the unit tests of one preset (PRESET=…)
	ctest --preset $(PRESET) -j $(JOBS)

.PHONY: test
test: ## Run every test there is (tests/run.py STAGE… for some)
	@cmake/install-deps.sh --test
	@tests/run.py

.PHONY: fuzz
fuzz: deps ## Look for inputs that break a parser, a minute each (tests/fuzz/run.py --help says more)
	@mkdir -p build
	cmake --preset ci > build/ci.configure.log 2>&1 || { cat build/ci.configure.log; exit 1; }
	cmake --build --preset ci -j $(JOBS) --target fuzzers
	@tests/fuzz/run.py

.PHONY: lint
lint: ## Check format, house rules and what clang-tidy and go vet find
	@cmake/install-deps.sh --lint
	@mkdir -p build
	@tests/lint/lint.sh

.PHONY: bench
bench: ## Measure what the project promises, nginx and a cluster beside it
	@cmake/install-deps.sh --bench
	@$(MAKE) --no-print-directory images tools
	@bench/run.py

.PHONY: fmt
fmt: ## Format the C++ sources
	git ls-files '*.cpp' '*.hpp' | xargs clang-format-14 -i

.PHONY: manifests
manifests: ## Print the chart's CRD and manifests/install.yaml from their sources
	manifests/make.sh

.PHONY: crds
crds: ## Print the CRD and the reference pages from the tables of fields
	@$(MAKE) --no-print-directory mcpctl
	crds/make.sh build/$(PRESET)

.PHONY: mcpctl
mcpctl: deps ## Build mcpctl and what it serves with
	@mkdir -p build
	cmake --preset $(PRESET) > build/$(PRESET).configure.log 2>&1 || { cat build/$(PRESET).configure.log; exit 1; }
	cmake --build --preset $(PRESET) -j $(JOBS) --target mcpctl mcp-server

.PHONY: golden
golden: build ## Rewrite the expected renderings in tests/golden: the diff is the review
	MOORING_GOLDEN=write build/$(PRESET)/tests/operator/render/tests_operator_render

.PHONY: verify
verify: mcpctl ## Check that everything generated is as its source says
	crds/make.sh build/$(PRESET) --check
	manifests/make.sh --check

.PHONY: clean
clean: ## Remove what was built and the Node modules that were brought (run `make down` first if a cluster is up)
	rm -rf build
	find bench manifests tests -name node_modules -prune -exec rm -rf {} +
