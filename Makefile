# One target a habit. demo and test need Go and git alone.

SHELL := /bin/bash
BIN   := bin/nthlayer
TOOLS := $(CURDIR)/.cache/tools

GOLANGCI_LINT := v2.15.0
ACTIONLINT    := v1.7.12

# The newest one that runs on Node 20.
GITLAB_CI_LOCAL := 4.70.1

.PHONY: demo test build lint e2e e2e-extras bench bench-tools fuzz clean

build: ## Build the program.
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $(BIN) ./cmd/action

# The demo's run ends with exit code 2 by design: one service is out of budget.
demo: build ## Run all stages on four demo services, offline.
	@cd testdata/demo && rm -rf out && mkdir out && code=0; \
	../../$(BIN) ci --prometheus-url file:metrics.yaml --report-file out/report.json --comment-file out/comment.md || code=$$?; \
	test $$code -eq 2 || { echo "the demo ended with exit code $$code, not 2"; exit 1; }

test: ## Run all tests that need Go alone.
	go test ./...

lint: $(TOOLS)/golangci-lint $(TOOLS)/actionlint ## Vet, format check, linters, actionlint.
	go vet ./...
	$(TOOLS)/golangci-lint fmt --diff
	$(TOOLS)/golangci-lint run
	$(TOOLS)/actionlint

# The servers that e2e compares with and the programs that bench measures beside
# ours, each pinned by a module of its own under tools/. The first build takes
# minutes. NTHLAYER_TOOLS is the folder they are kept in.
NEIGHBOURS := $(abspath $(or $(NTHLAYER_TOOLS),$(TOOLS)))
BUILD_NEIGHBOUR = CGO_ENABLED=0 go build -C tools/$(1) -trimpath -ldflags '-s -w' -o $@

e2e: build $(NEIGHBOURS)/prometheus $(NEIGHBOURS)/promtool e2e-extras ## Compare with real servers; says what it skipped.
	NTHLAYER_TOOLS=$(NEIGHBOURS) go test -tags e2e -count=1 -v ./e2e/...

bench: build ## Print figures and ratios; bench-tools adds those of peers.
	@go run ./tools/bench

bench-tools: $(NEIGHBOURS)/prometheus $(NEIGHBOURS)/promtool $(NEIGHBOURS)/pint ## Build the peers that bench measures.

$(NEIGHBOURS)/prometheus $(NEIGHBOURS)/promtool: tools/prometheus/go.mod
	$(call BUILD_NEIGHBOUR,prometheus) -tags remove_all_sd github.com/prometheus/prometheus/cmd/$(@F)

$(NEIGHBOURS)/victoria-metrics: tools/victoriametrics/go.mod
	$(call BUILD_NEIGHBOUR,victoriametrics) github.com/VictoriaMetrics/VictoriaMetrics/app/$(@F)

$(NEIGHBOURS)/pint: tools/pint/go.mod
	$(call BUILD_NEIGHBOUR,pint) github.com/cloudflare/pint/cmd/$(@F)

# Runs GitLab's pipelines here. It needs Node, and rsync for artifacts.
$(NEIGHBOURS)/gitlab-ci-local/node_modules:
	npm install --prefix $(@D) --ignore-scripts --no-audit --no-fund gitlab-ci-local@$(GITLAB_CI_LOCAL)

# What e2e skips when it is not to be had: VictoriaMetrics, gitlab-ci-local, and an
# old Prometheus where this machine is a Debian. That is unpacked and never installed, because
# the package starts a server that listens on all interfaces.
e2e-extras:
	-@$(MAKE) --no-print-directory $(NEIGHBOURS)/victoria-metrics
	-@command -v rsync >/dev/null && $(MAKE) --no-print-directory $(NEIGHBOURS)/gitlab-ci-local/node_modules
	@test -x $(NEIGHBOURS)/debian/usr/bin/prometheus || { mkdir -p $(NEIGHBOURS)/debian && cd $(NEIGHBOURS)/debian && \
	apt-get download -q prometheus && dpkg -x prometheus_*.deb . && rm prometheus_*.deb; } || \
	echo "e2e: there is no Debian package of Prometheus to be had here"

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)

$(TOOLS)/actionlint:
	GOBIN=$(TOOLS) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT)

clean: ## Remove what was built.
	rm -rf bin dist testdata/demo/out
