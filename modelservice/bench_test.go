package modelservice_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// BenchmarkCall is a whole governed call in process: rights, four limits, a
// plan, one attempt at a backend that does nothing, settlement, with and
// without a row.
func BenchmarkCall(b *testing.B) {
	for _, logged := range []bool{false, true} {
		name := "unlogged"
		if logged {
			name = "logged"
		}
		b.Run(name, func(b *testing.B) {
			benchmark(b, logged, ask(`"max_tokens":64`), answer("one", "well", 3, 4), "application/json")
		})
	}
}

// BenchmarkStream is the same for a stream of 50 events.
func BenchmarkStream(b *testing.B) {
	texts := make([]string, 50-4)
	for i := range texts {
		texts[i] = " word"
	}
	stream := strings.Join(events("one", 3, 4, texts...), "")
	benchmark(b, true, ask(streamed, withReport, `"max_tokens":64`), stream, "text/event-stream")
}

func benchmark(b *testing.B, logged bool, request, body, contentType string) {
	w := newWorld(b, nil)
	w.sink.forgets.Store(true)
	spec := to("one", "two")
	if !logged {
		spec.InferenceTable = nil
	}
	spec.RateLimits = append(wide(), modelservice.RateLimit{
		Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: new64(1 << 40), Tokens: new64(1 << 40),
	})
	w.service(spec)
	gw, err := modelservice.NewGateway(modelservice.Config{
		Metastore: w.ms, Router: w.router, Limiter: w.limiter,
		Backend: &noBackend{body: body, header: http.Header{"Content-Type": {contentType}}},
	})
	w.must(err)
	call, out, bob := []byte(request), discard{}, w.who["bob"]
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		res := gw.Serve(context.Background(), &modelservice.Call{Caller: bob, Body: call}, out)
		if res.Status != http.StatusOK {
			b.Fatal(res.Err)
		}
	}
}

// noBackend answers the same at once.
type noBackend struct {
	body   string
	header http.Header
}

func (n *noBackend) Send(context.Context, modelservice.Target, *modelservice.Request) (*modelservice.Response, error) {
	return &modelservice.Response{Status: http.StatusOK, Header: n.header, Body: io.NopCloser(strings.NewReader(n.body))}, nil
}

// discard is an Output that nobody reads.
type discard struct{}

func (discard) Begin(int, http.Header)      {}
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) Flush() error                { return nil }

// BenchmarkGrants reads the grants of 10,000 principals on one object, and
// what it inherits, as who may manage it and as who may not.
func BenchmarkGrants(b *testing.B) {
	w := newWorld(b, nil)
	w.service(to("one"))
	service := w.id(modelservice.TypeModelService, chat)
	w.host(func(tx *catalog.Tx) error {
		for i := range 10_000 {
			p, err := tx.CreatePrincipal(catalog.User, fmt.Sprintf("user%d", i))
			if err != nil {
				return err
			}
			if err := tx.Grant(service, p, catalog.Execute, catalog.ReadMetadata); err != nil {
				return err
			}
		}
		return nil
	})
	for who, want := range map[string]int{"admin": 10_001, "bob": 1} {
		b.Run(who, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				got, err := w.ms.EffectiveGrants(w.who[who], modelservice.TypeModelService, w.name(chat), "")
				if err != nil || len(got) != want {
					b.Fatal(len(got), err)
				}
			}
		})
	}
}

// BenchmarkUpdateService turns a limit up and down, check and commit included.
func BenchmarkUpdateService(b *testing.B) {
	w := newWorld(b, nil)
	w.service(to("one", "two"))
	b.ReportAllocs()
	n := int64(0)
	for b.Loop() {
		n++
		limits := []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &n}}
		if _, err := w.change("alice", modelservice.ServiceChange{RateLimits: &limits}); err != nil {
			b.Fatal(err)
		}
	}
}
