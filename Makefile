# Targets explain themselves: `make help`. Everything a target needs beyond Go, make and git is built by it.
SHELL := /usr/bin/env bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

bin := .bin
generators := controller-gen crd-ref-docs applyconfiguration-gen client-gen informer-gen lister-gen

# The race detector needs a C compiler; nothing else does.
race := $(shell command -v $${CC:-gcc} >/dev/null && echo -race)

##@ Everyday

help: ## Show this help.
	@awk 'BEGIN { FS = ":.*## " } \
	  /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z0-9-]+:.*## / { printf "  %-18s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A variable of make as a flag of the program: TRACE=load.csv is -trace load.csv. What is not given has the program's default.
flag = $(if $($(1)),-$(2) '$($(1))')

up: node = $(if $(filter real,$(NODE)),-real-node)
up: build-cluster ## Start a cluster with an application under load, and follow it: TRACE, SPEED, LOAD, NODES, NODE=real, DURATION, RECORD.
	@e2e/.bin/up $(call flag,NAME,name) $(call flag,TRACE,trace) $(call flag,START,start) $(call flag,SPEED,speed) \
	  $(call flag,LOAD,load) $(call flag,PEAK,peak) $(call flag,NODES,nodes) $(call flag,NODE,node) \
	  $(call flag,DURATION,duration) $(call flag,RECORD,record)

down: ## Stop what `make up` started in other terminals; NAME stops one of them.
	@[ ! -x e2e/.bin/up ] || e2e/.bin/up -down $(call flag,NAME,name)

# What fails soon goes first. Lint comes after the build of the cluster, which shows its progress and compiles what lint reads.
test: verify-generate test-product build-cluster lint test-e2e ## Check generated files, lint, and run all tests, the product's under the race detector.

plot: ## Draw the CSV that `make up RECORD=run.csv` has written: make plot CSV=run.csv SVG=run.svg.
	@go -C e2e build -o .bin/ ./cmd/plot
	@e2e/.bin/plot '$(CSV)' '$(SVG)'

test-product: ## Test the product alone.
	$(if $(race),,@echo "no C compiler found: testing without the race detector")
	go test $(race) ./...
	$(if $(race),go test ./autoscaler/engine -run '^(TestInvariants|TestOneSampleJustifiesOneScaleIn)$$' -v | grep -v '^=== ') # the race detector saw a part of it

# Without cgo, and so without the race detector, these tests are compiled from what build-cluster compiled; with it, all of
# Kubernetes would be compiled once more. What is tested here are programs, and those are under the race detector in
# test-product. Only packages with tests are named. Clusters share the machine, so packages take turns.
tested = $$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...)

test-e2e: build-cluster ## Test against a real control plane, in the module e2e.
	cd e2e && CGO_ENABLED=0 go test -p 1 -timeout 60m $(tested)

# Of how long a read takes on an idle machine, and of nothing else: the other assertions of this test are those of test-e2e.
bench-adapter: build-cluster ## Read metrics through the API 200 times a second, under 500 autoscalers, and want a p99 under 10 ms.
	cd e2e && CGO_ENABLED=0 FLYBALL_BINARIES=$$PWD/.bin go test ./adapterfaults -count 1 -v -run '^TestFewQueriesServeManyAutoscalers$$' \
	  -p99 10ms -reads-per-second 200 -read-time 30s -read-refresh 10s

outages: build-cluster ## Let Prometheus hang for a minute and be dead for two under 108 applications, and hold every replica count against the load.
	cd e2e && CGO_ENABLED=0 FLYBALL_BINARIES=$$PWD/.bin go test ./outages -count 1 -v -timeout 60m -long

# It goes on where it was stopped, as long as nothing of it has changed. Some loads are files that are not ours to give.
scoreboard: ## Run every policy over every load, and write docs/scoreboard.md: TRACES, the folder of recorded loads.
	@go build -o .bin/ ./sim/cmd/simdocs
	@.bin/simdocs scoreboard $(call flag,TRACES,traces)

batch-nights: ## Run random batch nights through all policies, and write docs/batch.md: TRACES, the folder of recorded loads.
	@go run ./sim/cmd/simdocs batch-nights $(call flag,TRACES,traces)

##@ Checks

# The test program is run by itself, because go test would keep its progress back. What it left untouched of upstream's
# decision is shown last, by function and by line.
upstream := k8s.io/kubernetes/pkg/controller/podautoscaler
decision := /(horizontal|replica_calculator|utilization|hpa_selector_store)\.go:
N ?= 1000000

diff: ## Hold the engine against upstream's own controller in N steps (1000000), and print what they met: N, FIRST.
	@cd e2e && CGO_ENABLED=0 go test -c -o .bin/differential.test -cover -coverpkg $(upstream),$(upstream)/metrics ./differential
	@cd e2e/differential && differs=0 && \
	  { ../.bin/differential.test -test.run '^TestAgainstUpstream$$' -test.timeout 0 \
	    -test.coverprofile ../.bin/differential.cover -steps $(N) $(call flag,FIRST,first) || differs=$$?; } && \
	  echo && go tool cover -func ../.bin/differential.cover | { grep -E '$(decision)' || true; } && \
	  echo 'not reached:' && { grep -E '$(decision).* 0$$' ../.bin/differential.cover | sort -t: -k1,1 -k2,2n || true; } && exit $$differs

OUTAGES ?= 100000

sim-outages: ## Play random outages of Prometheus in the simulator, 100000 of them, and hold every scale-in against the load: OUTAGES.
	go test ./sim -run '^TestOutages' -v -timeout 0 -outages $(OUTAGES)

WINDOWS ?= 100000

windows: ## Hold random windows, 100000 of them, against a twin that steps by the minute, at every change of the clocks: WINDOWS.
	go test ./autoscaler/schedule -run '^(TestEveryZone|TestRandomWindowsAgainstTheTwin)$$' -v -timeout 0 -every-change -windows $(WINDOWS)

# go test fuzzes one target at a time. All have their turn, whatever the others find. An input that fails stays in the
# package's testdata/fuzz and is a test from then on. Making inputs smaller, which go test would spend a minute on each time,
# is kept short.
FUZZTIME ?= 10m

fuzz: ## Run every fuzz target of the product, one after the other, for FUZZTIME each (10m).
	@found=; \
	for package in $$(go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.ImportPath}}{{end}}' ./...); do \
	  tests=$$(go test -list '^Fuzz' "$$package"); \
	  for target in $$(grep '^Fuzz' <<<"$$tests" || true); do \
	    echo "fuzzing $$target of $$package for $(FUZZTIME)"; \
	    go test -run '^$$' -fuzz "^$$target\$$" -fuzztime '$(FUZZTIME)' -fuzzminimizetime 2s "$$package" || found+=" $$target"; \
	  done; \
	done; \
	if [ -n "$$found" ]; then echo "something was found by$$found"; exit 1; fi

# What is stated in docs/metrics-adapter.md comes from here: planning, tables, reading and memory by series.
BENCHTIME ?= 1s

bench: ## Measure the metrics adapter's planner and store, with allocations: BENCHTIME (1s).
	go test -run '^$$' -bench . -benchmem -benchtime '$(BENCHTIME)' ./metricsadapter/plan ./metricsadapter/store

# Without cgo, as the programs are built, so that lint reads the packages that build compiled.
lint: export CGO_ENABLED = 0
lint: $(bin)/golangci-lint ## Run golangci-lint over both modules.
	$(bin)/golangci-lint run ./...
	cd e2e && ../$(bin)/golangci-lint run --config ../.golangci.yml ./...

format: $(bin)/golangci-lint ## Format both modules.
	$(bin)/golangci-lint fmt ./...
	cd e2e && ../$(bin)/golangci-lint fmt --config ../.golangci.yml ./...

tidy: ## Make go.mod and go.sum of both modules say what the code imports.
	go mod tidy
	cd e2e && go mod tidy

verify-generate: $(generators:%=$(bin)/%) ## Fail when generated files are not what `make generate` gives.
	@.tools/verify-generate

##@ Build

build: ## Build the programs into .bin.
	go build -o $(bin)/ ./cmd/...

# The kubelet of a real node is built only where it is asked for, or where its tests can run; they say what is missing.
test test-e2e: node = $(shell [ "$$(id -u)" = 0 ] && command -v containerd >/dev/null && echo -real-node)

build-cluster: ## Build the control plane, Prometheus, simulated nodes and our programs into e2e/.bin.
	@cd e2e && go run ./cmd/build $(node)

generate: $(generators:%=$(bin)/%) ## Generate deep copies, CRDs, the API reference, clients, listers, informers and apply configurations.
	.tools/generate

clean: ## Remove what was built.
	rm -rf $(bin) e2e/.bin

# Tools are pinned in .tools/go.mod, a module of its own, so that their dependencies stay out of the product's.
$(bin)/%: .tools/go.mod .tools/go.sum
	@echo "building $* (pinned in .tools/go.mod)"
	@mkdir -p $(bin)
	@cd .tools && go build -o ../$(bin)/ $$(go list tool | grep '/$*$$')
	@touch $@

.PHONY: sim-outages help up down plot scoreboard batch-nights test test-product test-e2e bench-adapter outages diff fuzz bench lint format tidy verify-generate build build-cluster generate clean windows
