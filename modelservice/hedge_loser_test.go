package modelservice_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

func hedging() *setup {
	return &setup{routing: &routing.Options{Hedge: &routing.Hedge{After: 2 * time.Second, Percent: 100, Reserve: 10}}}
}

// A hedge that cannot be made must not take the answer from the first attempt,
// which is slow and well.
func TestHedgeThatCannotBeMade(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"not spoken": func(w *world) {
			w.backend.plays("two", reply{err: fmt.Errorf("backend: %w", modelservice.ErrNotSpoken)})
		},
		"deleted": func(w *world) {
			w.host(func(tx *catalog.Tx) error {
				_, err := tx.Drop(w.id(catalog.TypeModel, "system.ai.two"), true)
				return err
			})
		},
		"right lost": func(w *world) {
			w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
			w.grant("alice", catalog.TypeModel, "system.ai.one", catalog.Execute)
		},
		"caller's fault there": func(w *world) { w.backend.plays("two", reply{status: 400}) },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, hedging())
				w.service(to("one", "two"))
				w.backend.plays("one", reply{wait: 5 * time.Second})
				spoil(w)
				out := &recorder{}
				res := w.serve(t.Context(), "bob", ask(), out)
				if res.Status != 200 {
					t.Errorf("%d %s\n%+v", res.Status, out.body.String(), res.Steps)
				}
			})
		})
	}
}

// What a hedge's loser has used is not charged, and the row does not name it.
func TestHedgeLoserInRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, hedging())
		spec := to("one", "two")
		spec.RateLimits = wide()
		w.service(spec)
		w.backend.plays("one", reply{wait: 4 * time.Second, status: 400, body: `{"error":{"message":"no"}}`})
		list := events("two", 30, 40, "x")
		w.backend.plays("two", reply{body: list[0] + list[3], stall: true}) // a role and a report, no content yet
		res := w.serve(t.Context(), "bob", ask(streamed), &recorder{})
		w.must(w.log.Flush(t.Context()))
		row := w.row()
		if res.Status != 400 {
			t.Fatalf("%d", res.Status)
		}
		if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != 0 {
			t.Errorf("a call that one refused with 400 is charged %d tokens of two's", used)
		}
		if row.DestinationName != "" {
			t.Errorf("the row says that %s answered 400", row.DestinationName)
		}
	})
}

// The caller hangs up while a hedge has not answered and the first attempt has
// reported its input: without the hedge that is charged, with it nothing is.
func TestHedgeHidesNoReport(t *testing.T) {
	for _, hedge := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := hedging()
			if !hedge {
				s = nil
			}
			w := newWorld(t, s)
			spec := to("one", "two")
			spec.RateLimits = wide()
			w.service(spec)
			start := "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"usage\":{\"input_tokens\":1000,\"output_tokens\":1}}}\n\n"
			h := map[string][]string{"Content-Type": {"text/event-stream"}}
			w.backend.plays("one", reply{body: start, header: h, stall: true})
			w.backend.plays("two", reply{hang: true})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(5*time.Second, cancel)
			res := w.call(ctx, &modelservice.Call{Caller: w.who["bob"], API: modelservice.Messages, Body: []byte(ask(streamed))}, &recorder{})
			if res.Outcome != inferencelog.OutcomeCancelled || res.Usage.Input != 1000 {
				t.Errorf("hedge %t: %s, %+v", hedge, res.Outcome, res.Usage)
			}
		})
	}
}
