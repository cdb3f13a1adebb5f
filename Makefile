# Two commands do everything on a fresh machine with Go and Node.js:
#   make demo    builds and starts a whole region in one process
#   make test    runs every test
GO ?= go
NPM ?= npm
GO_WANT := 1.26
NODE_WANT := 20.19

.PHONY: demo build test check test-go test-web test-browser bench fuzz screens clean tools-ok

demo: build
	bin/mizuhiki demo

build: tools-ok web/dist/.vite/manifest.json
	$(GO) build -trimpath -ldflags "-s -w" -o bin/mizuhiki ./cmd/mizuhiki

test: test-go test-web test-browser

test-go: tools-ok web/dist/.vite/manifest.json
	$(GO) test ./...

test-web: web/node_modules/.stamp
	$(NPM) --prefix web run test

# Needs /usr/bin/chromium (or CHROMIUM=path); says so and skips without it.
test-browser: build web/node_modules/.stamp
	$(NPM) --prefix web run test:browser
	node --test e2e/browser/

check: tools-ok web/node_modules/.stamp web/dist/.vite/manifest.json
	@unformatted="$$(gofmt -l cmd internal migrations web/*.go e2e bench 2>/dev/null)"; \
	if [ -n "$$unformatted" ]; then echo "gofmt: $$unformatted"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	$(GO) mod verify
	$(NPM) --prefix web run check

# Every folder of bench/ one after the other. bench/hapi needs Java and Maven.
bench: tools-ok
	@command -v java >/dev/null && command -v mvn >/dev/null || echo "bench: java or mvn is missing, HAPI is not measured"
	@$(GO) test -p 1 -run '^$$' -bench . ./bench/... | $(GO) run ./bench/table

# Every fuzz target for FUZZTIME each, on FUZZWORKERS processors; see docs/fuzzing.md.
FUZZTIME ?= 60s
FUZZWORKERS ?= 1
FUZZ ?= .
fuzz: tools-ok
	$(GO) run ./bench/fuzz -time $(FUZZTIME) -workers $(FUZZWORKERS) -only '$(FUZZ)'

# Screenshots of the demo into docs/screens, for people to look at.
screens: build web/node_modules/.stamp
	node e2e/browser/screens.mjs
	node e2e/browser/screens.mjs console

web/node_modules/.stamp: web/package.json web/package-lock.json
	$(NPM) --prefix web ci --no-audit --no-fund
	@touch $@

WEB_SOURCES := $(shell find web/portal web/console web/enroll web/island web/token web/public -type f 2>/dev/null) $(wildcard web/*.ts web/*.json)
web/dist/.vite/manifest.json: web/node_modules/.stamp $(WEB_SOURCES)
	$(NPM) --prefix web run build
	@touch $@

tools-ok:
	@command -v $(GO) >/dev/null || { echo "Go $(GO_WANT) or newer is needed: https://go.dev/dl/"; exit 1; }
	@command -v node >/dev/null || { echo "Node.js $(NODE_WANT) or newer is needed: https://nodejs.org/"; exit 1; }
	@$(GO) version | awk -v want=$(GO_WANT) '{split(substr($$3,3),h,"."); split(want,w,"."); if (h[1]<w[1]||(h[1]==w[1]&&h[2]<w[2])) {print "Go " want " or newer is needed, found " $$3 ": https://go.dev/dl/"; exit 1}}'
	@node --version | awk -v want=$(NODE_WANT) '{split(substr($$1,2),h,"."); split(want,w,"."); if (h[1]<w[1]||(h[1]==w[1]&&h[2]<w[2])) {print "Node.js " want " or newer is needed, found " $$1 ": https://nodejs.org/"; exit 1}}'

clean:
	rm -rf bin web/dist web/node_modules
	git checkout -q -- web/dist 2>/dev/null || true
