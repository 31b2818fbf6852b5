# One target a habit. demo and test need Go and git alone.

SHELL := /bin/bash
BIN   := bin/nthlayer
TOOLS := $(CURDIR)/.cache/tools

GOLANGCI_LINT := v2.15.0
ACTIONLINT    := v1.7.12

.PHONY: demo test build lint e2e bench fuzz clean

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

e2e: build ## Compare with real servers; says what it skipped.
	go test -tags e2e -count=1 -v ./e2e/...

bench: build ## Print figures and ratios.
	go run ./tools/bench

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)

$(TOOLS)/actionlint:
	GOBIN=$(TOOLS) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT)

clean: ## Remove what was built.
	rm -rf bin dist testdata/demo/out
