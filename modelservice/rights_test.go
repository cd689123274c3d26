package modelservice_test

import (
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// strict makes EXECUTE on models something that one has to be given.
func strict(t *testing.T, models ...string) *world {
	w := newWorld(t, nil)
	w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.grant("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.service(to(models...))
	return w
}

// The owner's right is looked at for every attempt, on the newest state: a
// fallback is no second door (ruling R6; I39).
func TestDefinerAtEveryAttempt(t *testing.T) {
	for _, tt := range []struct {
		name  string
		prime func(*world)
		asked string
		want  int

		silent bool // nobody has the right to write the row either
	}{
		{"lost on the primary", func(w *world) {
			w.revoke("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
			w.grant("alice", catalog.TypeModel, "system.ai.two", catalog.Execute)
		}, "", 403, false},
		{"lost on the fallback, not needed", func(w *world) {
			w.revoke("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
			w.grant("alice", catalog.TypeModel, "system.ai.one", catalog.Execute)
		}, "one", 200, false},
		{"lost on the fallback, needed", func(w *world) {
			w.revoke("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
			w.grant("alice", catalog.TypeModel, "system.ai.one", catalog.Execute)
			w.backend.plays("one", reply{status: 503})
		}, "one", 403, false},
		{"lost between the attempts", func(w *world) {
			w.backend.plays("one", reply{status: 503, do: func() {
				w.revoke("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
			}})
		}, "one", 403, false},
		{"USE SCHEMA lost", func(w *world) {
			w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.UseSchema)
		}, "", 403, false},
		{"USE CATALOG lost", func(w *world) {
			w.revoke("account users", catalog.TypeCatalog, "system", catalog.UseCatalog)
		}, "", 403, false},
		{"owner deleted", func(w *world) {
			w.host(func(tx *catalog.Tx) error { return tx.DropPrincipal(w.who["alice"]) })
		}, "", 403, true},
		{"owner given anew between the attempts", func(w *world) {
			w.backend.plays("one", reply{status: 503, do: func() {
				w.host(func(tx *catalog.Tx) error {
					mallory := w.who["mallory"]
					return tx.Change(w.id(modelservice.TypeModelService, chat), catalog.Edit{Owner: &mallory})
				})
			}})
		}, "one", 403, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := strict(t, "one", "two")
			tt.prime(w)
			out := &recorder{}
			res := w.serve(t.Context(), "bob", ask(), out)
			if res.Status != tt.want || w.backend.models() != tt.asked {
				t.Errorf("%d, the backend saw %q; want %d, %q", res.Status, w.backend.models(), tt.want, tt.asked)
			}
			if tt.silent {
				if rows := w.rows(); len(rows) != 0 {
					t.Errorf("%d rows with nobody's right to write them", len(rows))
				}
				return
			}
			row := w.row() // a lost definer's right has one (ruling R34)
			if row.StatusCode != tt.want {
				t.Errorf("row %+v", row)
			}
			if tt.want == 403 {
				w.refused(res.Err, modelservice.CodePermissionDenied, "")
				w.errorBody([]byte(out.body.String()))
				if res.Outcome != inferencelog.OutcomeRefused || row.Outcome != inferencelog.OutcomeRefused {
					t.Errorf("outcome %s, in the row %s", res.Outcome, row.Outcome)
				}
			}
		})
	}
}

// What the caller may on the models is of no interest, unless the service asks
// for the invoker's rights; then it is, at every attempt (ruling R6).
func TestInvokerRights(t *testing.T) {
	w := newWorld(t, nil)
	w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.grant("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
	spec := to("one", "two")
	spec.InvokerRights = true
	w.service(spec)
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 403 || len(w.backend.seen()) != 0 {
		t.Errorf("bob may not on the model: %d", res.Status)
	}
	w.grant("bob", catalog.TypeModel, "system.ai.one", catalog.Execute)
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 {
		t.Errorf("bob may: %d %v", res.Status, res.Err)
	}
	w.backend.plays("one", reply{status: 503})
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 403 || w.backend.models() != "one one" {
		t.Errorf("bob may not on the fallback: %d, the backend saw %q", res.Status, w.backend.models())
	}
	// The caller's right comes on top of the owner's, not in its place.
	w.grant("bob", catalog.TypeModel, "system.ai.two", catalog.Execute)
	w.revoke("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 403 || w.backend.models() != "one one" {
		t.Errorf("alice, the owner, may not: %d, the backend saw %q", res.Status, w.backend.models())
	}
}

// A model that was dropped fails closed, without a fallback (spec §3.2, §4.1),
// and a later one of its name does not take its place (I35).
func TestDeletedModel(t *testing.T) {
	for _, again := range []bool{false, true} {
		w := newWorld(t, nil)
		w.service(to("one", "two"))
		w.must(w.ms.SyncSystem(t.Context(), []string{"two", "three"}))
		if again {
			w.must(w.ms.SyncSystem(t.Context(), []string{"one", "two", "three"}))
		}
		out := &recorder{}
		res := w.serve(t.Context(), "bob", ask(), out)
		w.refused(res.Err, modelservice.CodeFailedPrecondition, "")
		if res.Status != 400 || len(w.backend.seen()) != 0 {
			t.Errorf("%d after %d attempts", res.Status, len(w.backend.seen()))
		}
		if row := w.row(); row.StatusCode != 400 || row.Outcome != inferencelog.OutcomeFailed {
			t.Errorf("row %+v", row)
		}
		svc, err := w.ms.Service(w.who["alice"], w.name(chat))
		w.must(err)
		if d := svc.Spec.Destinations[0]; !d.Deleted || d.Name != "d0" || svc.Spec.Fallbacks[0].Deleted {
			t.Errorf("get shows %+v", svc.Spec)
		}
	}
}

// A fallback that was dropped matters when it is reached.
func TestDeletedFallback(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two", "three"))
	w.must(w.ms.SyncSystem(t.Context(), []string{"one", "three"}))
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 {
		t.Errorf("not reached: %d", res.Status)
	}
	w.backend.plays("one", reply{status: 503})
	res := w.serve(t.Context(), "bob", ask(), &recorder{})
	w.refused(res.Err, modelservice.CodeFailedPrecondition, "")
	if w.backend.models() != "one one" {
		t.Errorf("the backend saw %q", w.backend.models())
	}
}

// No row for who is not let in, nor for what is no request (ruling R34).
func TestNoRows(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	for _, tt := range []struct {
		name, caller, body string
		status             int
	}{
		{"no EXECUTE", "carol", ask(), 404},
		{"no such service", "bob", askOf("main.default.none"), 404},
		{"a model is no service", "bob", askOf("system.ai.one"), 404},
		{"two parts", "bob", askOf("main.default"), 404},
		{"empty", "bob", "", 400},
		{"no JSON", "bob", "{", 400},
		{"trailing data", "bob", ask() + "{}", 400},
		{"an array", "bob", "[]", 400},
		{"no model", "bob", `{"messages":[]}`, 400},
		{"a number for a model", "bob", `{"model":1}`, 400},
		{"two models", "bob", ask(`"model":"main.default.other"`), 400},
		{"stream is text", "bob", ask(`"stream":"yes"`), 400},
	} {
		out := &recorder{}
		res := w.serve(t.Context(), tt.caller, tt.body, out)
		if res.Status != tt.status || res.Service != (catalog.FullName{}) && tt.status == 404 {
			t.Errorf("%s: %d for %q", tt.name, res.Status, res.Service)
		}
		w.errorBody([]byte(out.body.String()))
	}
	res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask()), API: "completions"}, &recorder{})
	if res.Status != 400 && res.Status != 501 {
		t.Errorf("an API that is not spoken: %d", res.Status)
	}
	if rows, calls := w.rows(), w.backend.seen(); len(rows) != 0 || len(calls) != 0 {
		t.Errorf("%d rows, %d attempts", len(rows), len(calls))
	}
	w.refused(w.serve(t.Context(), "carol", ask(), &recorder{}).Err, modelservice.CodeNotFound, "'main.default.chat' does not exist")
}

// Names come in any case, and the field's short form for system.ai (spec §7.1).
func TestServiceNames(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	if res := w.serve(t.Context(), "bob", askOf("Main.DEFAULT.Chat"), &recorder{}); res.Status != 200 || res.Service.String() != chat {
		t.Errorf("%d for %s", res.Status, res.Service)
	}
	w.grant("admin", catalog.TypeSchema, "system.ai", modelservice.CreateServicePrivilege)
	_, err := w.create("admin", "system.ai", "opus", modelservice.Spec{Destinations: to("one").Destinations})
	w.must(err)
	if res := w.serve(t.Context(), "bob", askOf("databricks-opus"), &recorder{}); res.Status != 200 || res.Service.String() != "system.ai.opus" {
		t.Errorf("%d for %s", res.Status, res.Service)
	}
}

// A call goes on with what it began with: its service or table may be dropped
// meanwhile (I12).
func TestDroppedMeanwhile(t *testing.T) {
	for _, tt := range []struct {
		name string
		drop func(*world)
		rows int
	}{
		{"the service", func(w *world) { w.must(w.drop("alice", modelservice.TypeModelService, chat, nil)) }, 1},
		{"the table", func(w *world) { w.must(w.drop("alice", catalog.TypeTable, chatTable, nil)) }, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			w.service(to("one"))
			table := w.id(catalog.TypeTable, chatTable)
			w.backend.plays("one", reply{do: func() { tt.drop(w) }})
			if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 {
				t.Errorf("%d: %v", res.Status, res.Err)
			}
			w.must(w.log.Flush(t.Context()))
			if s := w.books(); s.Stored != int64(tt.rows) || s.Accepted != int64(tt.rows) {
				t.Errorf("%d rows stored of table %d: %+v", s.Stored, table, s)
			}
		})
	}
}
