package query_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/query"
	"github.com/modelward/modelward/modelservice/upstream"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// faultChain is the most destinations that a service of a faultWorld has.
const faultChain = 5

// faultWorld is a metastore with a service for every number of destinations,
// chains of the models m0, m1, … in that order. A gateway over it is made for
// each case, so that no case knows of another one's failures.
type faultWorld struct {
	metastore *modelservice.Metastore
	log       *inferencelog.Logger
	admin     catalog.PrincipalID
}

func newFaultWorld(t *testing.T) *faultWorld {
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
	w := &faultWorld{log: inferencelog.New(inferencelog.NewMemory(), nil)}
	t.Cleanup(func() { w.log.Close(ctx) })
	w.metastore, err = modelservice.NewMetastore(ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: w.log})
	must(err)
	var models []string
	for i := range faultChain {
		models = append(models, fmt.Sprint("m", i))
	}
	must(w.metastore.SyncSystem(ctx, models))
	_, err = c.Update(ctx, "test", func(tx *catalog.Tx) error {
		if w.admin, err = tx.CreatePrincipal(catalog.User, "admin"); err != nil {
			return err
		}
		return tx.AddMember(catalog.MetastoreAdmins, w.admin)
	})
	must(err)
	in := catalog.FullName{Catalog: "main", Schema: "default"}
	_, err = w.metastore.CreateCatalog(ctx, w.admin, modelservice.NewObject{Name: in.Catalog})
	must(err)
	_, err = w.metastore.CreateSchema(ctx, w.admin, in.Parent(), modelservice.NewObject{Name: in.Schema})
	must(err)
	for n := 1; n <= faultChain; n++ {
		spec := modelservice.Spec{InferenceTable: &modelservice.InferenceTable{Parent: in.String()}}
		for i := range n {
			d := modelservice.Destination{Name: fmt.Sprint("d", i), Type: modelservice.PayPerToken, Model: "system.ai." + models[i]}
			if i == 0 {
				spec.Destinations = append(spec.Destinations, d)
			} else {
				spec.Fallbacks = append(spec.Fallbacks, d)
			}
		}
		_, err = w.metastore.CreateService(ctx, w.admin, modelservice.NewService{Parent: in, Name: fmt.Sprint("chain", n), Spec: spec})
		must(err)
	}
	return w
}

// faultRoutes is where each API is asked for.
var faultRoutes = map[routingtest.API]string{
	routingtest.ChatCompletions: "/ai-gateway/mlflow/v1/chat/completions",
	routingtest.Embeddings:      "/ai-gateway/mlflow/v1/embeddings",
	routingtest.Responses:       "/ai-gateway/openai/v1/responses",
	routingtest.Messages:        "/ai-gateway/anthropic/v1/messages",
}

// faultBody is what a caller says.
func faultBody(api routingtest.API, model string, stream bool) string {
	switch api {
	case routingtest.Embeddings:
		return fmt.Sprintf(`{"model":%q, "input":["hello"], "big": 1e400}`, model)
	case routingtest.Responses:
		return fmt.Sprintf(`{"model":%q,"stream":%t, "input":"hello", "big": 1e400}`, model, stream)
	case routingtest.Messages:
		return fmt.Sprintf(`{"model":%q,"stream":%t,"max_tokens":50, "messages":[{"role":"user","content":"hello"}], "big": 1e400}`, model, stream)
	}
	return fmt.Sprintf(`{"model":%q,"stream":%t,"stream_options":{"include_usage":true}, "messages":[{"role":"user","content":"hello"}], "big": 1e400}`, model, stream)
}

// ask sends one request through the whole of it, over HTTP: handler, gateway,
// backend, upstream. It returns what the caller got, its row, and what arrived.
func (w *faultWorld) ask(t *testing.T, api routingtest.API, stream bool, chain int, s routingtest.Schedule, limits routing.Timeouts) (reply, *inferencelog.Record, []routingtest.Arrival) {
	t.Helper()
	u := routingtest.NewUpstream(t, s)
	defer u.Close()
	models := map[string]upstream.Model{}
	for i := range chain {
		name := fmt.Sprint("m", i)
		m := upstream.Model{BaseURL: u.URL(name), UpstreamModel: name, APIKey: inferencelog.NewSecret(key)}
		if api == routingtest.Messages {
			m.API = upstream.Anthropic
		}
		models["system.ai."+name] = m
	}
	backend, err := upstream.New(upstream.Config{Models: models})
	if err != nil {
		t.Error(err)
		return reply{}, nil, nil
	}
	defer backend.Close()
	gateway, err := modelservice.NewGateway(modelservice.Config{
		Metastore: w.metastore, Router: routing.New(&routing.Options{Timeouts: limits}), Limiter: ratelimit.New(nil), Backend: backend,
		MaxResponse: 1 << 20,
	})
	if err != nil {
		t.Error(err)
		return reply{}, nil, nil
	}
	handler, err := query.New(query.Config{
		Gateway: gateway, Metastore: w.metastore, Authenticate: func(*http.Request) (string, error) { return "admin", nil },
	})
	if err != nil {
		t.Error(err)
		return reply{}, nil, nil
	}
	server := httptest.NewServer(handler)
	defer server.Close()
	service := fmt.Sprint("chain", chain)
	client := server.Client()
	client.Timeout = 2 * time.Minute // nothing here takes as long, on a busy machine either, unless it is broken
	response, err := client.Post(server.URL+faultRoutes[api], "application/json", strings.NewReader(faultBody(api, "main.default."+service, stream)))
	if err != nil {
		t.Error(err)
		return reply{}, nil, nil
	}
	got := readReply(response)
	u.Close() // waits for what was given up
	row := w.row(t, service, got.header.Get("X-Databricks-Request-Id"))
	return got, row, u.Arrivals()
}

// row finds the row of a request.
func (w *faultWorld) row(t *testing.T, service, id string) *inferencelog.Record {
	t.Helper()
	if err := w.log.Flush(context.Background()); err != nil {
		t.Error(err)
		return nil
	}
	rows, err := w.metastore.Rows(context.Background(), w.admin, catalog.FullName{Catalog: "main", Schema: "default", Object: service + "_payload"}, inferencelog.Query{})
	if err != nil {
		t.Error(err)
		return nil
	}
	var found *inferencelog.Record
	for r, err := range rows {
		if err != nil {
			t.Error(err)
			return nil
		}
		if r.RequestID != id {
			continue
		}
		if found != nil {
			t.Errorf("two rows of request %s", id)
		}
		found = r
	}
	return found
}

// Limits that nothing meets, and limits that silence meets soon.
var (
	patient   = routing.Timeouts{FirstToken: time.Minute, Idle: time.Minute, Attempt: time.Minute, Total: 5 * time.Minute}
	impatient = routing.Timeouts{FirstToken: 3 * time.Second, Idle: 3 * time.Second, Attempt: 4 * time.Second, Total: time.Minute} // a busy machine answers within
)
