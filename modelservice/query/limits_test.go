package query_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// counting is a backend that counts what is sent.
type counting struct {
	modelservice.Backend
	sent atomic.Int64
}

func (c *counting) Send(ctx context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	c.sent.Add(1)
	return c.Backend.Send(ctx, to, r)
}

// answering is a backend that answers every API.
type answering struct{}

func (answering) Send(_ context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	if r.API == modelservice.ChatCompletions {
		body := answerOf(to.Model.Leaf())
		if r.Stream {
			body = event("hi") + finish + usageEvent + done
		}
		return &modelservice.Response{Status: http.StatusOK, Header: http.Header{"Content-Type": {map[bool]string{true: "text/event-stream", false: "application/json"}[r.Stream]}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
	return polyglot{}.Send(context.Background(), to, r)
}

// limited makes a service with limits, and a gateway that counts what it sends.
func (w *world) limited(t testing.TB, name string, limits ...modelservice.RateLimit) {
	t.Helper()
	_, err := w.metastore.CreateService(t.Context(), w.admin, modelservice.NewService{
		Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: name, Spec: modelservice.Spec{
			Destinations: []modelservice.Destination{{Name: "first", Model: "system.ai.primary"}},
			Fallbacks:    []modelservice.Destination{{Name: "second", Model: "system.ai.fallback"}},
			RateLimits:   limits,
		},
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *world) counted(t testing.TB, change func(*modelservice.Config)) *counting {
	t.Helper()
	backend := &counting{Backend: answering{}}
	cfg := modelservice.Config{Metastore: w.metastore, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: backend}
	if change != nil {
		change(&cfg)
	}
	var err error
	if w.gateway, err = modelservice.NewGateway(cfg); err != nil {
		t.Fatal(err)
	}
	handler, err := query.New(query.Config{Gateway: w.gateway, Metastore: w.metastore, Authenticate: w.tokens.Authenticate})
	if err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewServer(handler)
	t.Cleanup(w.server.Close)
	return backend
}

// No way in goes around a limit of 0: whatever the API, streamed or not, over
// HTTP, under an SDK or in Go, nothing is sent (I19, I23).
func TestZeroStopsEveryWayIn(t *testing.T) {
	zero := int64(0)
	for name, limit := range map[string]modelservice.RateLimit{
		"none":       {Key: ratelimit.KeyServicePrincipal, Principal: "bot", Period: ratelimit.Minute, Requests: &zero}, // of another caller
		"requests":   {Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &zero},
		"tokens":     {Key: ratelimit.KeyUserDefault, Period: ratelimit.Hour, Tokens: &zero},
		"concurrent": {Key: ratelimit.KeyService, Concurrent: &zero},
		"group":      {Key: ratelimit.KeyUserGroup, Principal: "callers", Period: ratelimit.Minute, Requests: &zero},
		"tag":        {Key: ratelimit.KeyRequestTag, TagKey: "team", Period: ratelimit.Minute, Requests: &zero},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			backend := w.counted(t, nil)
			w.limited(t, "zero", limit)
			status, client, tried := http.StatusForbidden, w.client(), int64(0)
			if name == "none" { // or else 403 would prove nothing
				status = http.StatusOK
			}
			want := func(way string, got reply) {
				t.Helper()
				if tried++; got.status != status || got.header.Get("Retry-After") != "" {
					t.Errorf("%s: %d %s", way, got.status, got.body)
				}
			}
			for path, api := range callPaths {
				for _, stream := range []bool{false, true} {
					body := bodyOf(api, "zero", stream)
					r := w.request(t, http.MethodPost, path, body)
					r.Header.Set(query.TagsHeader, `{"team":"blue"}`)
					got := w.do(t, r)
					want(path, got)
					if status == http.StatusForbidden {
						form(path)(t, path, got, status, "PERMISSION_DENIED")
					}
					response, err := post(t, client, t.Context(), "http://gateway.invalid"+path, strings.NewReader(body))
					if err != nil {
						t.Fatal(err)
					}
					want("transport "+path, readReply(response))
					alice, _ := w.metastore.Catalog().Snapshot().PrincipalNamed("alice")
					answer, _ := w.gateway.Invoke(t.Context(), &modelservice.Call{Caller: alice.ID, API: api, Body: []byte(body), Tags: map[string]string{"team": "blue"}})
					want("Go "+path, reply{status: answer.Status, header: answer.Header, body: string(answer.Body)})
				}
			}
			if n := backend.sent.Load(); name != "none" && n != 0 || name == "none" && n != tried {
				t.Errorf("%d of %d calls were sent", n, tried)
			}
		})
	}
}

// Sixty-four callers at once over HTTP, on a limit of 100 tokens of which each
// call reserves and uses 20: five are sent (I15, I16).
func TestParallelTokens(t *testing.T) {
	w := newWorld(t)
	hundred := int64(100)
	w.limited(t, "hundred", modelservice.RateLimit{Key: ratelimit.KeyService, Period: ratelimit.Hour, Tokens: &hundred})
	full := strings.Replace(answerOf("primary"), `"total_tokens":7`, `"total_tokens":20`, 1)
	w.primary.does(answers(http.StatusOK, full))
	body := fmt.Sprintf(`{"model":"main.default.hundred","max_tokens":10,"messages":[{"role":"user","content":%q}]}`, strings.Repeat("four", 10))
	before := w.primary.asked.Load()
	var statuses [64]int
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range statuses {
		r := w.request(t, http.MethodPost, chatPath, body)
		done.Go(func() {
			start.Wait()
			response, err := w.server.Client().Transport.RoundTrip(r)
			if err != nil {
				return
			}
			statuses[i] = readReply(response).status
		})
	}
	start.Done()
	done.Wait()
	count := map[int]int{}
	for _, s := range statuses {
		count[s]++
	}
	if n := w.primary.asked.Load() - before; n != 5 || !maps.Equal(count, map[int]int{200: 5, 429: 59}) {
		t.Errorf("%d calls were sent, statuses %v", n, count)
	}
}

// Where the gateway tells callers how they stand, they are told over HTTP and in
// process, in the answer's own words, streamed or not and refused.
func TestLimitHeaders(t *testing.T) {
	w := newWorld(t)
	w.counted(t, func(c *modelservice.Config) { c.LimitHeaders = true })
	for path, api := range callPaths {
		service := "s" + strconv.Itoa(len(path)) + strings.ReplaceAll(path[len("/ai-gateway/"):], "/", "-")
		three := int64(3)
		w.limited(t, service, modelservice.RateLimit{Key: ratelimit.KeyUserDefault, Period: ratelimit.Hour, Requests: &three})
		limit, remaining, reset := "X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"
		if api == modelservice.Messages {
			limit, remaining, reset = "Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"
		}
		client := w.client()
		for i, ask := range []func() reply{
			func() reply { return w.do(t, w.request(t, http.MethodPost, path, bodyOf(api, service, false))) },
			func() reply { return w.do(t, w.request(t, http.MethodPost, path, bodyOf(api, service, true))) },
			func() reply {
				response, err := post(t, client, t.Context(), "http://gateway.invalid"+path, strings.NewReader(bodyOf(api, service, false)))
				if err != nil {
					t.Fatal(err)
				}
				return readReply(response)
			},
			func() reply { return w.do(t, w.request(t, http.MethodPost, path, bodyOf(api, service, false))) },
		} {
			got := ask()
			left, status := 2-i, http.StatusOK
			if i == 3 {
				left, status = 0, http.StatusTooManyRequests
			}
			if got.status != status || got.header.Get(limit) != "3" || got.header.Get(remaining) != strconv.Itoa(left) || got.header.Get(reset) == "" {
				t.Errorf("%s, call %d: %d with %v", path, i+1, got.status, got.header)
			}
		}
	}
}
