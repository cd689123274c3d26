package bench

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// callRow: one whole governed call in process, from the body that came to the
// row in the log, past a service with two fallbacks and six limits among 10,000
// securables. The provider is a function that returns at once, and costs
// nothing. Beside it: the stack of parts, with a hit in casbin's cache for the
// right. Reported too: ours beside the stack with the hand-written walk.
//
// The stacks have less to do: they are handed the service's name, where we find
// it in the body and look whether the answer is one. The time that takes is
// ours.
func callRow() row {
	return row{name: "call", budget: 0.7, allocs: 12, open: openCall}
}

func BenchmarkCall(b *testing.B) { callRow().sideBySide(b) }

var (
	requestBody = []byte(`{"model":"main.default.chat","messages":[{"role":"user","content":"What is the weather like in the mountains today?"}],"max_tokens":100}`)
	answerBody  = []byte(`{"id":"c1","object":"chat.completion","created":1800000000,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Fair."},"finish_reason":"stop"}],"usage":{"prompt_tokens":12,"completion_tokens":2,"total_tokens":14}}`)
)

const serviceName = "main.default.chat"

func openCall(tb testing.TB, scale scale) pair {
	ctx := context.Background()
	log := newLogger(tb)
	c, t, gateway := openInProcess(tb, scale, log, answerBody)
	stacks := newStacks(tb, c.Snapshot(), t)
	stranger := stacks.caller(catalog.SystemUser)
	ours := side{
		name: "ours",
		run: func(n int) error {
			var out discard
			for i := range n {
				out.length = 0
				result := gateway.Serve(ctx, &modelservice.Call{Caller: t.users[i%callers], Body: requestBody}, &out)
				if result.Err != nil || out.length != len(answerBody) {
					return fmt.Errorf("%d bytes answered: %w", out.length, result.Err)
				}
			}
			return nil
		},
		rest: func() error { return flush(log) },
	}
	return pair{
		reference: stacks.side("memdb, casbin hit, x/time ×6, gobreaker, channel", stacks.casbin),
		ours:      ours,
		also:      []pair{{reference: stacks.side("memdb, walk, x/time ×6, gobreaker, channel", stacks.walk), ours: ours}},
		agree: func() error {
			answer, err := gateway.Invoke(ctx, &modelservice.Call{Caller: t.users[0], Body: requestBody})
			if err != nil {
				return err
			}
			if !bytes.Equal(answer.Body, answerBody) || answer.Result.Usage.Total != 14 {
				return fmt.Errorf("answered %s, used %+v", answer.Body, answer.Result.Usage)
			}
			if _, err := gateway.Invoke(ctx, &modelservice.Call{Caller: catalog.SystemUser, Body: requestBody}); err == nil {
				return fmt.Errorf("a caller without rights was answered")
			}
			for _, stack := range []*stack{stacks.casbin, stacks.walk} {
				if err := stack.call(stranger, serviceName, nil, nil); err == nil {
					return fmt.Errorf("a stack served a caller without rights")
				}
			}
			return flush(log)
		},
	}
}

// openInProcess opens a gateway whose provider is a function, in the world of
// the row call. Nil: it has no log, and its service no inference table.
func openInProcess(tb testing.TB, scale scale, log *inferencelog.Logger, answer []byte) (*catalog.Catalog, *town, *modelservice.Gateway) {
	tb.Helper()
	c := openCatalog(tb)
	t := build(tb, c, func(t *town) error {
		if err := t.settle(callers, 8); err != nil {
			return err
		}
		return t.erect(scale.of(10_000))
	})
	ms, err := modelservice.NewMetastore(context.Background(), c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
	if err != nil {
		tb.Fatal(err)
	}
	serve(tb, ms, t, log != nil)
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: newAtOnce(answer),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return c, t, gateway
}

// stacks are two of them, which differ in who says what is allowed.
type stacks struct {
	casbin, walk *stack
	engine       *casbinEngine
	service      catalog.ID
	callers      []*stackCaller
}

func newStacks(tb testing.TB, s *catalog.Snapshot, t *town) *stacks {
	tb.Helper()
	name, err := catalog.ParseFullName(serviceName)
	if err != nil {
		tb.Fatal(err)
	}
	id, _ := s.Lookup(modelservice.TypeModelService, name)
	walk, engine := newWalk(s), newCasbin(tb, s)
	var questions []question
	for _, user := range t.users {
		questions = append(questions, question{user, id, true})
	}
	if err := engine.fill(walk, questions); err != nil {
		tb.Fatal(err)
	}
	all := &stacks{engine: engine, service: id}
	all.casbin = newStack(tb, s, func(by *stackCaller, _ catalog.ID) (bool, error) {
		return by.rights.may(engine.enforcer.Enforce)
	}, catalog.TypeModel, modelservice.TypeModelService)
	other := *all.casbin
	other.may = func(by *stackCaller, id catalog.ID) (bool, error) { return walk.may(by.id, id), nil }
	all.walk = &other
	for _, user := range t.users {
		all.callers = append(all.callers, all.caller(user))
	}
	return all
}

func (s *stacks) caller(id catalog.PrincipalID) *stackCaller {
	by := &stackCaller{
		id: id, rights: s.engine.path(&question{user: id, model: s.service}),
		keys: [6]string{"service:rpm", "service:tpm", "service:rph", "service:tph", fmt.Sprint("user:rpm:", id), fmt.Sprint("user:tpm:", id)},
	}
	s.casbin.limits.add(&by.keys)
	return by
}

func (s *stacks) side(name string, stack *stack) side {
	return side{
		name: name,
		run: func(n int) error {
			for i := range n {
				if err := stack.call(s.callers[i%callers], serviceName, requestBody, answerBody); err != nil {
					return err
				}
			}
			return nil
		},
		rest: func() error { return drain(stack.log) },
	}
}

// serve makes the service main.default.chat, which every user may call through
// a group. Its calls have rows in an inference table if they are logged.
func serve(tb testing.TB, ms *modelservice.Metastore, t *town, logged bool) {
	tb.Helper()
	ctx := context.Background()
	owner := t.users[0]
	do := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	do(ms.SyncSystem(ctx, []string{"first", "second", "third"}))
	_, err := ms.Catalog().Update(ctx, "bench", func(tx *catalog.Tx) error {
		main, err := tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: owner})
		if err != nil {
			return err
		}
		schema, err := tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: main, Name: "default", Owner: owner})
		if err != nil {
			return err
		}
		for _, group := range t.groups[0] {
			if err := tx.Grant(main, group, catalog.UseCatalog); err != nil {
				return err
			}
			if err := tx.Grant(schema, group, catalog.UseSchema, catalog.Execute); err != nil {
				return err
			}
		}
		return nil
	})
	do(err)
	limit := int64(plenty)
	var table *modelservice.InferenceTable
	if logged {
		table = &modelservice.InferenceTable{Parent: "main.default"}
	}
	_, err = ms.CreateService(ctx, owner, modelservice.NewService{
		Parent: catalog.FullName{Catalog: "main", Schema: "default"}, Name: "chat",
		Spec: modelservice.Spec{
			Destinations: []modelservice.Destination{{Name: "primary", Type: modelservice.PayPerToken, Model: "system.ai.first"}},
			Fallbacks: []modelservice.Destination{
				{Name: "second", Type: modelservice.PayPerToken, Model: "system.ai.second"},
				{Name: "third", Type: modelservice.PayPerToken, Model: "system.ai.third"},
			},
			RateLimits: []modelservice.RateLimit{
				{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: &limit, Tokens: &limit},
				{Key: ratelimit.KeyService, Period: ratelimit.Hour, Requests: &limit, Tokens: &limit},
				{Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: &limit, Tokens: &limit},
			},
			InferenceTable: table,
		},
	})
	do(err)
}

// atOnce is a provider that has its answer ready: one answer, given out again
// and again to one caller at a time, so that giving it costs nothing.
type atOnce struct {
	answer   []byte
	reader   bytes.Reader
	response modelservice.Response
}

func newAtOnce(answer []byte) *atOnce {
	p := &atOnce{answer: answer}
	p.response = modelservice.Response{
		Status: http.StatusOK,
		Header: http.Header{"Content-Type": {"application/json"}, "Content-Length": {strconv.Itoa(len(answer))}},
		Body:   io.NopCloser(&p.reader),
	}
	return p
}

func (p *atOnce) Send(context.Context, modelservice.Target, *modelservice.Request) (*modelservice.Response, error) {
	p.reader.Reset(p.answer)
	return &p.response, nil
}

// discard is a caller that counts what it receives.
type discard struct{ length int }

func (*discard) Begin(int, http.Header)        {}
func (*discard) Flush() error                  { return nil }
func (d *discard) Write(p []byte) (int, error) { d.length += len(p); return len(p), nil }
