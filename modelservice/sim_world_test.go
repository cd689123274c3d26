package modelservice_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// simWorld is what stories share: the catalog with its services, and the log.
// All else is made for each story.
type simWorld struct {
	metastore *modelservice.Metastore
	log       *inferencelog.Logger
	sink      *simSink
	who       map[string]catalog.PrincipalID
	services  []simService
	apis      []routingtest.API
}

// A simService is a service of the catalog: primaries m0, m1, …, then fallbacks.
type simService struct {
	ID        uint64
	Name      string
	Weights   []int // of the primaries
	Fallbacks int
	Service   *int64 // requests a minute of all callers
	User      *int64 // requests a minute of each
}

func (s simService) models() int { return len(s.Weights) + s.Fallbacks }

// simSink hands rows over by request id.
type simSink struct {
	inferencelog.LogSink
	mu   sync.Mutex
	rows map[string][]*inferencelog.Record
}

// Write implements inferencelog.LogSink.
func (s *simSink) Write(_ context.Context, _ uint64, batch []*inferencelog.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range batch {
		s.rows[r.RequestID] = append(s.rows[r.RequestID], r)
	}
	return nil
}

// take returns the rows of a request and forgets them.
func (s *simSink) take(id string) []*inferencelog.Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	rows := s.rows[id]
	delete(s.rows, id)
	return rows
}

func newSimWorld(t *testing.T) *simWorld {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
	must(err)
	t.Cleanup(func() { c.Close(ctx) })
	w := &simWorld{who: map[string]catalog.PrincipalID{}, sink: &simSink{LogSink: inferencelog.NewMemory(), rows: map[string][]*inferencelog.Record{}}}
	w.log = inferencelog.New(w.sink, nil)
	t.Cleanup(func() { w.log.Close(ctx) })
	w.metastore, err = modelservice.NewMetastore(ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: w.log})
	must(err)
	w.apis = []routingtest.API{routingtest.ChatCompletions, routingtest.Responses, routingtest.Messages}
	var models []string
	for i := range routing.MaxDestinations + routing.MaxFallbacks {
		models = append(models, simModel(i))
	}
	must(w.metastore.SyncSystem(ctx, models))
	_, err = c.Update(ctx, "test", func(tx *catalog.Tx) error {
		for _, name := range []string{"alice", "bob", "carol", "mallory"} {
			if w.who[name], err = tx.CreatePrincipal(catalog.User, name); err != nil {
				return err
			}
		}
		return tx.AddMember(catalog.MetastoreAdmins, w.who["alice"])
	})
	must(err)
	in := catalog.FullName{Catalog: "main", Schema: "default"}
	_, err = w.metastore.CreateCatalog(ctx, w.who["alice"], modelservice.NewObject{Name: in.Catalog})
	must(err)
	_, err = w.metastore.CreateSchema(ctx, w.who["alice"], in.Parent(), modelservice.NewObject{Name: in.Schema})
	must(err)
	for _, who := range []string{"bob", "carol"} {
		must(w.metastore.ChangeGrants(ctx, w.who["alice"], catalog.TypeCatalog, in.Parent(), []modelservice.GrantChange{{Principal: who, Add: []catalog.Privilege{catalog.UseCatalog}}}))
		must(w.metastore.ChangeGrants(ctx, w.who["alice"], catalog.TypeSchema, in, []modelservice.GrantChange{{Principal: who, Add: []catalog.Privilege{catalog.UseSchema, catalog.Execute}}}))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for i := range 120 {
		s := simService{Name: fmt.Sprint("s", i)}
		spec := s.draw(r)
		spec.InferenceTable = &modelservice.InferenceTable{Parent: in.String()}
		made, err := w.metastore.CreateService(ctx, w.who["alice"], modelservice.NewService{Parent: in, Name: s.Name, Spec: spec})
		must(err)
		s.ID = uint64(made.ID)
		w.services = append(w.services, s)
	}
	return w
}

// draw draws a service: a third have one primary, a third have limits.
func (s *simService) draw(r *rand.Rand) modelservice.Spec {
	var spec modelservice.Spec
	primaries, left := 1, 100
	if r.IntN(3) > 0 {
		primaries = 1 + r.IntN(routing.MaxDestinations)
	}
	for i := range primaries {
		part := left
		if i < primaries-1 {
			part = r.IntN(left + 1)
		}
		left -= part
		s.Weights = append(s.Weights, part)
		spec.Destinations = append(spec.Destinations, simDestination(i, &part))
	}
	s.Fallbacks = r.IntN(routing.MaxFallbacks + 1)
	for i := range s.Fallbacks {
		spec.Fallbacks = append(spec.Fallbacks, simDestination(primaries+i, nil))
	}
	// Counts every token and refuses nothing.
	spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Hour, Tokens: new64(1 << 40)}}
	if r.IntN(3) == 0 {
		s.Service = new64(int64(r.IntN(5)))
		spec.RateLimits = append(spec.RateLimits, modelservice.RateLimit{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: s.Service})
	}
	if r.IntN(3) == 0 {
		s.User = new64(int64(r.IntN(3)))
		spec.RateLimits = append(spec.RateLimits, modelservice.RateLimit{Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: s.User})
	}
	return spec
}

func simDestination(i int, part *int) modelservice.Destination {
	return modelservice.Destination{Name: fmt.Sprint("d", i), Type: modelservice.PayPerToken, Model: "system.ai." + simModel(i), Percentage: part}
}

// simBackend plays a script in process.
type simBackend struct{ player *routingtest.Player }

// Send implements modelservice.Backend.
func (b simBackend) Send(ctx context.Context, to modelservice.Target, r *modelservice.Request) (*modelservice.Response, error) {
	reader, _ := r.Body(to.Model.Leaf())
	body, err := io.ReadAll(reader)
	if err = errors.Join(err, reader.Close()); err != nil {
		return nil, err
	}
	response, err := b.player.Send(ctx, routingtest.API(r.API), body)
	if err != nil {
		return nil, err
	}
	return &modelservice.Response{Status: response.Status, Header: response.Header, Body: response.Body}, nil
}

// simCalled is a call and what came of it.
type simCalled struct {
	simCall
	id, body string
	arrivals []routingtest.Arrival
	out      *recorder
	res      modelservice.Result
	row      *inferencelog.Record // nil: there is none
	began    time.Time
	returned time.Time
	order    []string // of what the Trace was told
}

func (c *simCall) ask(model string) routingtest.Ask {
	return routingtest.Ask{API: c.API, Model: model, Stream: c.Stream}
}

// simStory is a story that was played.
type simStory struct {
	*testing.T
	simService
	schedule *simSchedule
	calls    []*simCalled
}

// play plays a story, in a bubble. What the bubble knows is checked there.
func (w *simWorld) play(t *testing.T, s *simSchedule) *simStory {
	story := &simStory{t, w.services[s.Service], s, nil}
	player, err := routingtest.NewPlayer(s.Script)
	if err != nil {
		t.Fatal(err)
	}
	opts := &routing.Options{Timeouts: simLimits}
	if !s.Cools {
		never := time.Duration(0)
		opts.Cooldown = &never
	}
	router, limiter := routing.New(opts), ratelimit.New(nil)
	called := map[string]*simCalled{}
	for i, c := range s.Calls {
		one := &simCalled{simCall: c, id: fmt.Sprint(s.Number, "/", i), body: simBody(c, "main.default."+story.Name, i), out: &recorder{}}
		story.calls, called[one.id] = append(story.calls, one), one
	}
	told := func(what string, call *modelservice.Call) {
		called[call.RequestID].order = append(called[call.RequestID].order, what)
	}
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: w.metastore, Router: router, Limiter: limiter, Backend: simBackend{player},
		Trace: &modelservice.Trace{
			Authorized: func(c *modelservice.Call, _ authz.Decision) { told("authorized", c) },
			Admitted:   func(c *modelservice.Call, _ ratelimit.Verdict) { told("admitted", c) },
			Planned:    func(c *modelservice.Call, _ routing.Plan) { told("planned", c) },
			Attempted:  func(c *modelservice.Call, _ routing.Step) { told("attempted", c) },
			Finished:   func(c *modelservice.Call, _ modelservice.Result) { told("finished", c) },
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	start := time.Now()
	for i, c := range s.Calls {
		one := story.calls[i]
		call := &modelservice.Call{Caller: w.who[c.Who], API: modelservice.API(c.API), Body: []byte(one.body), RequestID: one.id}
		if c.Takes > 0 {
			one.out.cap = &c.Takes
		}
		wg.Go(func() {
			// No call takes a day. One that would for ever must not hang the test.
			ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour)
			defer cancel()
			time.Sleep(time.Until(start.Add(time.Duration(c.Start))))
			if c.HangUp > 0 {
				defer time.AfterFunc(time.Duration(c.HangUp), cancel).Stop()
			}
			one.began = time.Now()
			one.res = gateway.Serve(ctx, call, one.out)
			one.returned = time.Now()
		})
	}
	wg.Wait()
	if player.Open() != 0 {
		t.Errorf("%d attempts are still open (I8, I10)", player.Open())
	}
	for _, a := range player.Arrivals() {
		var mark struct{ User int }
		if err := json.Unmarshal(a.Body, &mark); err != nil {
			t.Fatal(err)
		}
		c := story.calls[mark.User]
		c.arrivals = append(c.arrivals, a)
	}
	total := int64(0)
	for _, c := range story.calls {
		total += c.res.Usage.Total
	}
	bucket := ratelimit.Bucket{Service: story.ID, Key: ratelimit.KeyService, Period: ratelimit.Hour, Dimension: ratelimit.Tokens}
	if used, _ := limiter.Usage(bucket, 1<<40); used != total {
		t.Errorf("%d tokens are counted, the calls used %d (I17)", used, total)
	}
	time.Sleep(3 * time.Hour)
	limiter.Sweep()
	if n := limiter.Len(); n != 0 {
		t.Errorf("%d buckets are held by leases that nobody settled (I17)", n)
	}
	return story
}

// rows finds the row of each call, in the log that is outside of all bubbles.
func (w *simWorld) rows(t *testing.T, story *simStory) {
	t.Helper()
	if err := w.log.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, c := range story.calls {
		rows := w.sink.take(c.res.RequestID)
		// One in the service's table and one in the usage table, or none.
		if len(rows) != 0 && (len(rows) != 2 || rows[0].ID != rows[1].ID) {
			t.Errorf("call %d has %d rows (I24)", i, len(rows))
		}
		if len(rows) > 0 {
			c.row = rows[0]
		}
	}
}

// simBody is what a caller says; user says which call it is.
func simBody(c simCall, service string, i int) string {
	switch c.API {
	case routingtest.Responses:
		return fmt.Sprintf(`{"model": %q,"stream":%t, "input":"hello", "user":%d, "big": 1e400}`, service, c.Stream, i)
	case routingtest.Messages:
		return fmt.Sprintf(`{"model": %q,"stream":%t, "max_tokens":50,"messages":[{"role":"user","content":"hello"}], "user":%d, "big": 1e400}`, service, c.Stream, i)
	}
	return fmt.Sprintf(`{"model": %q,"stream":%t, "stream_options":{"include_usage":true},"messages":[{"role":"user","content":"hello"}], "user":%d, "big": 1e400}`, service, c.Stream, i)
}
