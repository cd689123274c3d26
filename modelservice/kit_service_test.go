package modelservice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

const (
	chat      = "main.default.chat"
	chatTable = "main.logging.chat_payload"
)

// to is a spec with one primary and fallbacks, named d0, d1, …, that logs to
// [chatTable].
func to(models ...string) modelservice.Spec {
	spec := modelservice.Spec{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}}
	for i, m := range models {
		if !strings.Contains(m, ".") {
			m = "system.ai." + m
		}
		d := modelservice.Destination{Name: fmt.Sprintf("d%d", i), Type: modelservice.PayPerToken, Model: m}
		if i == 0 {
			spec.Destinations = append(spec.Destinations, d)
		} else {
			spec.Fallbacks = append(spec.Fallbacks, d)
		}
	}
	return spec
}

// service makes the service [chat], owned by alice, which bob may call.
func (w *world) service(spec modelservice.Spec) modelservice.Service {
	w.Helper()
	svc, err := w.create("alice", "main.default", "chat", spec)
	w.must(err)
	w.letIn("bob", chat)
	return svc
}

func (w *world) create(caller, parent, name string, spec modelservice.Spec) (modelservice.Service, error) {
	w.Helper()
	return w.ms.CreateService(context.Background(), w.who[caller], modelservice.NewService{
		Parent: w.name(parent), Name: name, Spec: spec,
	})
}

// letIn gives what calling a service takes.
func (w *world) letIn(who, service string) {
	w.Helper()
	n := w.name(service)
	w.grant(who, catalog.TypeCatalog, n.Catalog, catalog.UseCatalog)
	w.grant(who, catalog.TypeSchema, n.Parent().String(), catalog.UseSchema)
	w.grant(who, modelservice.TypeModelService, service, catalog.Execute)
}

// used is what a bucket of the service chat has counted.
func (w *world) used(key ratelimit.Key, who string, d ratelimit.Dimension) int64 {
	w.Helper()
	b := ratelimit.Bucket{Service: uint64(w.id(modelservice.TypeModelService, chat)), Key: key, Period: ratelimit.Minute, Dimension: d}
	if key != ratelimit.KeyService {
		b.Principal = uint64(w.who[who])
	}
	used, _ := w.limiter.Usage(b, 1<<40)
	return used
}

// wide are limits that count everything and never refuse.
func wide() []modelservice.RateLimit {
	return []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(1 << 40), Tokens: new64(1 << 40)}}
}

func new64(n int64) *int64 { return &n }

// rows are the rows of the service chat's table, oldest first.
func (w *world) rows() []*inferencelog.Record {
	w.Helper()
	return w.rowsOf(w.id(catalog.TypeTable, chatTable))
}

func (w *world) rowsOf(table catalog.ID) []*inferencelog.Record {
	w.Helper()
	var rows []*inferencelog.Record
	for r, err := range w.log.Rows(context.Background(), uint64(table), inferencelog.Query{}) {
		w.must(err)
		rows = append(rows, r)
	}
	slices.Reverse(rows)
	return rows
}

// row is the one row there must be.
func (w *world) row() *inferencelog.Record {
	w.Helper()
	rows := w.rows()
	if len(rows) != 1 {
		w.Fatalf("%d rows for one admitted call", len(rows))
	}
	return rows[0]
}

// serve makes a call and checks what holds for every call.
func (w *world) serve(ctx context.Context, caller, body string, out *recorder) modelservice.Result {
	w.Helper()
	return w.call(ctx, &modelservice.Call{Caller: w.who[caller], Body: []byte(body)}, out)
}

func (w *world) call(ctx context.Context, call *modelservice.Call, out *recorder) modelservice.Result {
	w.Helper()
	sent := string(call.Body)
	res := w.gw.Serve(ctx, call, out)
	for _, fault := range out.faults {
		w.Errorf("the output was used wrongly: %s", fault)
	}
	if string(call.Body) != sent {
		w.Errorf("the caller's body was changed to %s", call.Body)
	}
	if out.begins > 0 && res.Status != out.status {
		w.Errorf("the result says %d, the caller was told %d", res.Status, out.status)
	}
	if out.begins > 0 && (res.RequestID == "" || out.header.Get(modelservice.RequestIDHeader) != res.RequestID) {
		w.Errorf("request id %q in the header, %q in the result (ruling R35)", out.header.Get(modelservice.RequestIDHeader), res.RequestID)
	}
	switch res.Outcome {
	case inferencelog.OutcomeOK:
		if res.Err != nil {
			w.Errorf("outcome ok with error %v", res.Err)
		}
	case inferencelog.OutcomeFailed, inferencelog.OutcomeRefused:
		if res.Err == nil || out.begins > 0 && res.Err.HTTPStatus() != out.status {
			w.Errorf("outcome %s with status %d and error %v", res.Outcome, out.status, res.Err)
		}
	}
	return res
}

// codeOf is the code of a refusal, "" for none.
func codeOf(err error) modelservice.Code {
	var e *modelservice.Error
	if errors.As(err, &e) && e != nil {
		return e.Code
	}
	return ""
}

// refused checks a refusal and its words.
func (w *world) refused(err error, code modelservice.Code, words string) {
	w.Helper()
	var e *modelservice.Error
	if !errors.As(err, &e) || e == nil {
		w.Errorf("got %v, want %s %q", err, code, words)
		return
	}
	if e.Code != code || !strings.Contains(e.Message, words) {
		w.Errorf("got %s %q, want %s %q", e.Code, e.Message, code, words)
	}
}

// face is all of an error that can be told apart from outside.
func face(err error) string {
	if err == nil {
		return "nil"
	}
	var e *modelservice.Error
	if !errors.As(err, &e) || e == nil {
		return fmt.Sprintf("not an *Error: %v", err)
	}
	return fmt.Sprintf("%s|%s|%s|%d|%d|%s|%s|%v|%v", e.Code, e.Message, e.Field, e.HTTPStatus(), e.RetryAfter, e.Provider, e.Error(),
		e.Err, errors.Is(err, catalog.ErrNotFound))
}
