# One target a habit. demo and test need Go and git alone.

SHELL := /bin/bash
BIN   := bin/nthlayer
TOOLS := $(CURDIR)/.cache/tools

GOLANGCI_LINT := v2.15.0
ACTIONLINT    := v1.7.12

# The newest one that runs on Node 20.
GITLAB_CI_LOCAL := 4.70.1

.PHONY: demo test build lint dist root binaries image image-gitlab e2e e2e-here e2e-tools e2e-extras bench bench-tools foreign lintdiff explore fuzz clean

build: ## Build the program.
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o $(BIN) ./cmd/action

# The demo's run ends with exit code 2 by design: one service is out of budget.
demo: build ## Run all stages on four demo services, offline.
	@cd testdata/demo && rm -rf out && mkdir out && code=0; \
	../../$(BIN) ci --prometheus-url file:metrics.yaml --report-file out/report.json --comment-file out/comment.md || code=$$?; \
	test $$code -eq 2 || { echo "the demo ended with exit code $$code, not 2"; exit 1; }

# The same commit passes or fails on all machines: property tests draw the same
# values each time. explore draws others, and many more of them.
test: export RAPID_SEED ?= 1
# Tests end before it pays to collect garbage as often as a server does: a third of
# their time went there. The program itself collects as seldom.
test: export GOGC ?= 400
test: ## Run all tests that need Go alone.
	go test ./...

# Only the tests that draw: the rest would say the same again.
explore: ## Look for faults with values drawn by chance, CHECKS for each property.
	@code=0; for dir in $$(grep -rl --include='*_test.go' 'rapid\.Check(' . | xargs -n1 dirname | sort -u); do \
	tests=$$(awk '/^func Test/ {split($$2, name, "(")} /rapid\.Check\(/ {print name[1]}' $$dir/*_test.go | sort -u | paste -sd'|'); \
	RAPID_CHECKS=$(or $(CHECKS),1000) go test -count=1 -timeout 30m -run "^($$tests)$$" $$dir || code=1; done; exit $$code

fuzz: ## Look for faults in what reads and edits foreign text, for FUZZTIME each.
	@code=0; for found in $$(grep -rno --include='*_test.go' '^func Fuzz[A-Za-z]*' . | sed 's/:[0-9]*:func /:/' | sort); do \
	go test -run '^$$' -fuzz "^$${found#*:}$$" -fuzztime $(or $(FUZZTIME),30s) $$(dirname $${found%:*}) || code=1; done; exit $$code

lint: $(TOOLS)/golangci-lint $(TOOLS)/actionlint ## Vet, format check, linters, actionlint.
	go vet ./...
	$(TOOLS)/golangci-lint fmt --diff
	$(TOOLS)/golangci-lint run
	$(TOOLS)/actionlint
	NTHLAYER_ACTIONLINT=$(TOOLS)/actionlint go test -count=1 -run 'Workflows|Docs' ./cmd/action

# What an image holds, in folders that are its root: dist/linux/amd64, dist/linux/arm64.
# The same commit gives the same bytes on every machine with this Go.
VERSION   ?= dev
ROOT      ?= dist/linux/$(ARCH)
MAX_IMAGE := 15000000

dist: ## Lay out what the images hold, for each processor.
	$(MAKE) --no-print-directory root ARCH=amd64
	$(MAKE) --no-print-directory root ARCH=arm64

root:
	rm -rf $(ROOT) && install -d -m 755 $(ROOT)/etc/ssl/certs
	CGO_ENABLED=0 GOOS=linux GOARCH=$(ARCH) go build -trimpath -buildvcs=false -ldflags '-s -w -X main.version=$(VERSION)' -o $(ROOT)/nthlayer ./cmd/action
	ln -s nthlayer $(ROOT)/nthlayer-post
	go -C tools/roots run . > $(ROOT)/etc/ssl/certs/ca-certificates.crt
	@size=$$(go run ./tools/release layer $(ROOT)) && echo "$(ROOT): $$size bytes in a registry" && \
	test $$size -lt $(MAX_IMAGE) || { echo "an image must have less than $(MAX_IMAGE) bytes"; exit 1; }

PLATFORMS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64

binaries: ## Build the program for each platform into dist/release, with checksums.
	rm -rf dist/release && mkdir -p dist/release
	set -e; for p in $(PLATFORMS); do CGO_ENABLED=0 GOOS=$${p%/*} GOARCH=$${p#*/} go build -trimpath -buildvcs=false \
	-ldflags '-s -w -X main.version=$(VERSION)' -o dist/release/nthlayer_$(VERSION)_$${p%/*}_$${p#*/} ./cmd/action; done
	cd dist/release && sha256sum nthlayer_* > checksums.txt

# Docker where its daemon answers, else buildah. Both read the same files.
IMAGE       ?= localhost/nthlayer-action
GITLAB_BASE ?= docker.io/library/busybox:1.37.0-musl
BUILDER     ?= $(shell if docker info >/dev/null 2>&1; then echo docker build; else echo buildah build --isolation chroot; fi)
BUILD_IMAGE  = $(BUILDER) -f Dockerfile.release --platform linux/$(1) --build-arg TARGETARCH=$(1)

image: dist ## Build GitHub's image for each processor, with docker or buildah.
	$(call BUILD_IMAGE,amd64) --target action -t $(IMAGE):amd64 dist
	$(call BUILD_IMAGE,arm64) --target action -t $(IMAGE):arm64 dist

image-gitlab: dist ## Build GitLab's image for this processor, on GITLAB_BASE.
	$(call BUILD_IMAGE,$(shell go env GOARCH)) --target gitlab --build-arg GITLAB_BASE=$(GITLAB_BASE) -t $(IMAGE):gitlab dist

# The servers that e2e compares with and the programs that bench measures beside
# ours, each pinned by a module of its own under tools/. The first build takes
# minutes, Gitea's five. NTHLAYER_TOOLS is the folder they are kept in.
NEIGHBOURS := $(abspath $(or $(NTHLAYER_TOOLS),$(TOOLS)))
BUILD_NEIGHBOUR = CGO_ENABLED=0 go build -C tools/$(1) -trimpath -ldflags '-s -w' -o $@

# Those that CI must have: they build wherever there is Go with a C compiler, or Node.
E2E_TOOLS := prometheus promtool victoria-metrics pint sloth alertmanager amtool gitea/gitea act gitlab-ci-local/node_modules workflow-parser.cjs

# The names of tests that found no neighbour, with why.
SKIPPED = awk '/^=== (RUN|NAME|CONT)/ {name = $$3} sub(/.*not to be had: /, "") {print "skipped " name ": " $$0}'
RUN_E2E = NTHLAYER_TOOLS=$(NEIGHBOURS) go test -tags e2e -count=1 -timeout 20m -v ./e2e/... | tee $(NEIGHBOURS)/e2e.log; \
	code=$${PIPESTATUS[0]}; echo; $(SKIPPED) $(NEIGHBOURS)/e2e.log; exit $$code

e2e: build dist e2e-tools e2e-extras ## Run with real servers and hosts; says what it skipped, and in CI fails for it.
	@NTHLAYER_E2E_REQUIRED=$(CI); export NTHLAYER_E2E_REQUIRED; $(RUN_E2E)

e2e-here: build dist ## Run those tests of e2e whose neighbours are here already.
	-@command -v npm >/dev/null && $(MAKE) --no-print-directory $(NEIGHBOURS)/workflow-parser.cjs
	@$(RUN_E2E)

e2e-tools:
	-@$(MAKE) -k --no-print-directory $(addprefix $(NEIGHBOURS)/,$(E2E_TOOLS))

bench: build ## Print figures and ratios; bench-tools adds those of peers.
	@go run ./tools/bench

bench-tools: $(NEIGHBOURS)/prometheus $(NEIGHBOURS)/promtool $(NEIGHBOURS)/pint $(NEIGHBOURS)/sloth ## Build the peers that bench measures.

# Rules of others, in a folder that is never committed. The variables name another
# place to clone from, which may be a folder.
FOREIGN := .cache/foreign

foreign: $(FOREIGN)/mixins $(FOREIGN)/kube-prometheus ## Fetch rules of others that lint is measured on.

$(FOREIGN)/mixins:
	git clone -q --depth 1 $(or $(NTHLAYER_MIXINS),https://github.com/monitoring-mixins/website) $@

$(FOREIGN)/kube-prometheus:
	git clone -q --depth 1 $(or $(NTHLAYER_KUBE_PROMETHEUS),https://github.com/prometheus-operator/kube-prometheus) $@

lintdiff: foreign $(NEIGHBOURS)/pint ## Compare what we find in rules of others with what pint finds.
	go run ./tools/lintdiff $(FOREIGN)/mixins/assets $(FOREIGN)/kube-prometheus/manifests

$(NEIGHBOURS)/prometheus $(NEIGHBOURS)/promtool: tools/prometheus/go.mod
	$(call BUILD_NEIGHBOUR,prometheus) -tags remove_all_sd github.com/prometheus/prometheus/cmd/$(@F)

$(NEIGHBOURS)/victoria-metrics: tools/victoriametrics/go.mod
	$(call BUILD_NEIGHBOUR,victoriametrics) github.com/VictoriaMetrics/VictoriaMetrics/app/$(@F)

$(NEIGHBOURS)/pint: tools/pint/go.mod
	$(call BUILD_NEIGHBOUR,pint) github.com/cloudflare/pint/cmd/$(@F)

$(NEIGHBOURS)/sloth: tools/sloth/go.mod
	$(call BUILD_NEIGHBOUR,sloth) github.com/slok/sloth/cmd/$(@F)

$(NEIGHBOURS)/alertmanager $(NEIGHBOURS)/amtool: tools/alertmanager/go.mod
	$(call BUILD_NEIGHBOUR,alertmanager) github.com/prometheus/alertmanager/cmd/$(@F)

# Runs GitLab's pipelines here. It needs Node, and rsync for artifacts.
$(NEIGHBOURS)/gitlab-ci-local/node_modules:
	npm install --prefix $(@D) --ignore-scripts --no-audit --no-fund gitlab-ci-local@$(GITLAB_CI_LOCAL)

# It keeps its data in SQLite, which is C.
$(NEIGHBOURS)/gitea/gitea: tools/gitea/go.mod
	@mkdir -p $(@D)/static && source=$$(go -C tools/gitea mod download -json code.gitea.io/gitea | sed -n 's/.*"Dir": "\(.*\)".*/\1/p') && \
	cp -R --no-preserve=mode $$source/options $$source/templates $$source/public $(@D)/static
	$(subst CGO_ENABLED=0,CGO_ENABLED=1,$(call BUILD_NEIGHBOUR,gitea)) -tags 'sqlite sqlite_unlock_notify' code.gitea.io/gitea

$(NEIGHBOURS)/act: tools/act/go.mod
	$(call BUILD_NEIGHBOUR,act) github.com/nektos/act

# GitHub's own reader of action.yml and of workflows, in one file.
$(NEIGHBOURS)/workflow-parser.cjs: e2e/parser/package-lock.json e2e/parser/parse.mjs
	@mkdir -p $(NEIGHBOURS)/parser && cp e2e/parser/* $(NEIGHBOURS)/parser
	npm ci --prefix $(NEIGHBOURS)/parser --ignore-scripts --no-audit --no-fund
	cd $(NEIGHBOURS)/parser && node_modules/.bin/esbuild parse.mjs --bundle --platform=node --format=cjs --log-level=warning --outfile=$@

# Its licence is AGPL: it is a server in tests, and no part of anything here.
$(NEIGHBOURS)/loki: tools/loki/go.mod
	$(call BUILD_NEIGHBOUR,loki) github.com/grafana/loki/v3/cmd/loki

# What e2e skips where this machine is no Debian: an old Prometheus, and a shell for
# GitLab's image. They are unpacked and never installed, because the package of
# Prometheus starts a server that listens on all interfaces.
e2e-extras: $(NEIGHBOURS)/debian/usr/bin/prometheus $(NEIGHBOURS)/debian/bin/busybox
	-@$(MAKE) --no-print-directory $(NEIGHBOURS)/loki

$(NEIGHBOURS)/debian/usr/bin/prometheus: PACKAGE := prometheus
$(NEIGHBOURS)/debian/bin/busybox: PACKAGE := busybox-static
$(NEIGHBOURS)/debian/usr/bin/prometheus $(NEIGHBOURS)/debian/bin/busybox:
	@mkdir -p $(NEIGHBOURS)/debian && cd $(NEIGHBOURS)/debian && apt-get download -q $(PACKAGE) && dpkg -x $(PACKAGE)_*.deb . && rm $(PACKAGE)_*.deb || \
	echo "e2e: there is no Debian package $(PACKAGE) to be had here"

$(TOOLS)/golangci-lint:
	GOBIN=$(TOOLS) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI_LINT)

$(TOOLS)/actionlint:
	GOBIN=$(TOOLS) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT)

clean: ## Remove what was built.
	rm -rf bin dist testdata/demo/out
