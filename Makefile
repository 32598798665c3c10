# Every target says what it does: make help.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
BIN := bin/florasync
TORTURE ?= 1h
PAIRS ?= every

.DEFAULT_GOAL := help
.PHONY: help build test race lint vuln fuzz bench sdk unit metrics install image package e2e-systemd ci torture pairs mutants clean

help: ## list the targets
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  \1\t/' | expand -t 16

build: ## build bin/florasync, static
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X main.version=$(VERSION)" -o $(BIN) ./cmd/florasync

test: ## the README's test command
	go test ./...

race: ## all tests with the race detector, in random order
	go test -race -shuffle=on ./...

lint: ## gofmt, vet (also for macOS), staticcheck
	@test -z "$$(gofmt -l $$(git ls-files '*.go'))" || { gofmt -l $$(git ls-files '*.go'); echo "gofmt -w these"; exit 1; }
	go vet ./...
	GOOS=darwin go vet ./...
	go tool staticcheck ./...

vuln: ## known vulnerabilities in what the program calls
	go tool govulncheck ./...

fuzz: ## each fuzz target for ten seconds
	@for pkg in $$(go list ./...); do for f in $$(go test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
		echo "$$pkg $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime 10s -fuzzminimizetime 20x $$pkg || exit 1; done; done

bench: ## the measures of docs/performance.md and docs/watching.md: an hour, on a machine that does nothing else
	go run ./bench -json docs/performance.json -plot docs/waiting.svg
	go test -run "^$$" -bench . -benchtime 1x -timeout 60m ./bench ./queue

torture: ## random worlds in fake time and the kill loop on the binary, side by side, for TORTURE; prints their seeds
	@dir=$$(mktemp -d) && trap "rm -rf $$dir" EXIT && \
	go test -c -o $$dir/worlds ./internal/simulation && go test -c -race -o $$dir/kills ./cmd/florasync && { \
		(cd internal/simulation && exec $$dir/worlds -simulation.for $(TORTURE)) & worlds=$$!; \
		(cd cmd/florasync && exec $$dir/kills -test.run '^TestKilledInTheMiddle$$' -kill.for $(TORTURE)); kills=$$?; \
		wait $$worlds && exit $$kills; }

pairs: ## every pair of crashes and every fault before every crash, at every server and with every setup; PAIRS=long: at each server with each setup, for hours
	go test ./internal/simulation -count=1 -v -run 'TestWithoutCrash|TestCrash|TestFault|TestArrives|TestRecordOlder' -simulation.$(PAIRS) -timeout 24h

mutants: ## take each rule of exactly-once out of the program and see the named test fail
	go test ./internal/mutants -count=1 -v -mutants -mutants.only '$(ONLY)' -timeout 2h

sdk: build ## the official SDK against the sandbox (needs node and npm)
	FLORASYNC=$(BIN) .ci/sdk/run.sh
	FLORASYNC=$(BIN) .ci/sdk/run.sh --storage imagekit

unit: build ## systemd-analyze on the unit
	.ci/unit $(BIN)

metrics: ## promtool on alerts and dashboard, Grafana's types on the dashboard (needs promtool, node and npm)
	.ci/metrics

install: ## what the packages bring, without a package manager; as root, or with DESTDIR
	deploy/package/stage $(VERSION)
	deploy/package/install

image: ## the container image florasync:VERSION (needs buildah, podman or docker)
	deploy/container/build $(VERSION)

package: ## dist/*.deb and dist/*.rpm
	deploy/package/build $(VERSION)

e2e-systemd: ## build the deb, install it into a minimal Debian, boot that and live a service's life in it (needs root, debootstrap, systemd-container)
	go test ./internal/e2e -count=1 -v -run TestLifeOfAService -systemd -timeout 15m

ci: ## what runs on every submission
	.ci/run

clean: ## remove what was built
	rm -rf bin dist
