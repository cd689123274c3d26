package modelward_test

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// order says who may import whom. A new package gets a line here, or it has no
// room in the house.
//
//	A, B < C, D    C and D may import A and B, and whatever A and B may import
//	NONE < C       C imports nothing of ours
//	a/{b,c}        a/b, a/c
//	a/...          a and every package below it are one room
//	# …            a remark
//
// Paths are relative to the module; modelward is the root package. Only files
// that are no tests count: a test may look sideways, the house may not.
const order = `
# The rooms that know only themselves, and the text on the front door.
NONE < modelward, routing, ratelimit, modelservice/{authn,openapi}
inferencelog/internal/segments < inferencelog
NONE < catalog/internal/nfc, inferencelog/internal/segments, modelservice/internal/wire, internal/{strictjson,spelling,boltpages,exchange,unread}

# The nouns, who may, and the one room that knows them all.
catalog/internal/nfc < catalog
catalog < authz
catalog, authz, routing, ratelimit, inferencelog, modelservice/internal/wire, internal/spelling < modelservice

# Its faces.
modelservice < modelservice/{statement,query,upstream}
internal/unread < modelservice/{query,rest}, examples/gateway/...
modelservice, modelservice/statement, internal/strictjson < modelservice/rest

# The laws of a room, and its adapters.
catalog      < catalog/catalogtest, catalog/boltstore
internal/boltpages < catalog/boltstore, ratelimit/boltlimit
authz        < authz/authztest
routing      < routing/routingtest
ratelimit    < ratelimit/ratelimittest, ratelimit/tiktoken, ratelimit/boltlimit
modelservice/authn < modelservice/authn/oidc
inferencelog < inferencelog/inferencelogtest, inferencelog/sqlitelog, inferencelog/parquetlog

# Those who compose. The quickstart does with the core alone.
modelservice/{statement,rest,query,upstream,authn,openapi} < examples/{quickstart,fallback,limits,payloadlog,mount,strategy,sink,kind,openai}, examples/gateway/..., internal/e2e/..., internal/bench/...
modelservice/authn/oidc, internal/exchange < internal/e2e/...
catalog/boltstore, inferencelog/sqlitelog, inferencelog/parquetlog, internal/strictjson < examples/gateway/..., internal/e2e/..., internal/bench/...
ratelimit/tiktoken, ratelimit/boltlimit < examples/gateway/..., internal/e2e/..., internal/bench/...
catalog/catalogtest, authz/authztest, routing/routingtest < internal/e2e/..., internal/bench/...
ratelimit/ratelimittest, inferencelog/inferencelogtest < internal/e2e/..., internal/bench/...

# What writes source files, and is in no program.
NONE < tools/gen-nfc
`

// outsiders says which rooms may import what is not ours, where that is not for
// everyone: ANY is every room, TESTS every room called like its parent and
// "test". The arrows do not add up: who may import catalog may not import
// go-memdb for that. A path covers what is below it.
//
// The standard library is open to all but for testing. The root module may
// import nothing else; a nested module may, if its go.mod says so.
const outsiders = `
github.com/hashicorp/go-memdb  < catalog, internal/bench/...
github.com/cenkalti/backoff/v4 < routing, inferencelog, inferencelog/sqlitelog, catalog/boltstore, ratelimit/boltlimit
go.uber.org/zap                < ANY
pgregory.net/rapid             < TESTS, internal/e2e/..., internal/bench/...
testing                        < TESTS, internal/e2e/..., internal/bench/...
`

// direct are the direct dependencies of the root module, all of them.
var direct = []string{
	"github.com/cenkalti/backoff/v4",
	"github.com/hashicorp/go-memdb",
	"go.uber.org/zap",
	"pgregory.net/rapid",
}

// The imports of every package, nested modules included, keep the order.
func TestDeps(t *testing.T) {
	for _, p := range judge(os.DirFS("."), order, outsiders) {
		t.Error(p)
	}
}

// The root module requires its four dependencies and no other.
func TestDirectDependencies(t *testing.T) {
	mod, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	got := slices.Sorted(slices.Values(required(string(mod))))
	if !slices.Equal(got, direct) {
		t.Errorf("go.mod requires directly\n\t%s\nand should require\n\t%s", strings.Join(got, "\n\t"), strings.Join(direct, "\n\t"))
	}
}

// required returns what a go.mod requires directly.
func required(mod string) []string {
	var all []string
	block := false
	for line := range strings.Lines(mod) {
		line, remark, _ := strings.Cut(line, "//")
		line, single := strings.CutPrefix(strings.TrimSpace(line), "require ")
		switch fields := strings.Fields(line); {
		case single && line == "(":
			block = true
		case line == ")":
			block = false
		case (single || block) && len(fields) == 2 && strings.TrimSpace(remark) != "indirect":
			all = append(all, fields[0])
		}
	}
	return all
}
