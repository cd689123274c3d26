package modelservice_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// The examples of spec §18 that this package answers for, by their numbers.
func TestConformance(t *testing.T) {
	for _, ex := range []struct {
		name, says string
		check      func(*world)
	}{
		{"1", "the creator owns the service and its empty table", example1},
		{"2", "a name is taken, and so is a table whose service is gone", example2},
		{"3", "EXECUTE alone does not open a service, with both USEs it does", example3},
		{"4", "the owner's EXECUTE on the model counts, not the caller's", example4},
		{"5", "a fallback answers for a primary with 503", example5},
		{"6", "a 400 goes to the caller after one attempt", example6},
		{"9", "requests 0 is 403, unset is unlimited", example9},
		{"10", "a dropped table stops rows, not calls", example10},
		{"11", "dropping takes MANAGE, and what is the platform's stays", example11},
		{"12", "REVOKE ALL PRIVILEGES leaves MANAGE", example12},
		{"15", "a hyphen is not an underscore", example15},
	} {
		t.Run(ex.name, func(t *testing.T) { ex.check(newWorld(t, nil)) })
	}
}

// seedSpec is what the seed page creates.
func seedSpec() modelservice.Spec {
	spec := to("one", "two")
	spec.InferenceTable = &modelservice.InferenceTable{Parent: "main.logging", Prefix: "team_chat"}
	spec.RateLimits = []modelservice.RateLimit{{
		Key: ratelimit.KeyService, Period: ratelimit.Minute, Requests: new64(1_000), Tokens: new64(10_000),
	}}
	return spec
}

func example1(w *world) {
	svc, err := w.create("alice", "main.default", "team-chat", seedSpec())
	w.must(err)
	if svc.Name.String() != "main.default.team-chat" || svc.Owner != "alice" || svc.CreatedBy != "alice" || svc.Etag == "" {
		w.Errorf("created %+v", svc)
	}
	table := svc.Spec.InferenceTable
	if table == nil || table.Table != "team_chat_payload" || table.Parent != "main.logging" || table.Deleted {
		w.Fatalf("table %+v", table)
	}
	obj, err := w.ms.Get(w.who["alice"], catalog.TypeTable, w.name("main.logging.team_chat_payload"))
	w.must(err)
	if obj.Owner != "alice" {
		w.Errorf("the table belongs to %q", obj.Owner)
	}
	if rows := w.rowsOf(obj.ID); len(rows) != 0 {
		w.Errorf("the table has %d rows before the first call", len(rows))
	}
	if _, err := w.ms.Get(w.who["bob"], catalog.TypeTable, w.name("main.logging.team_chat_payload")); err == nil {
		w.Error("bob sees a table of which nobody told him")
	}
}

func example2(w *world) {
	_, err := w.create("alice", "main.default", "team-chat", seedSpec())
	w.must(err)
	_, err = w.create("alice", "main.default", "team-chat", seedSpec())
	w.refused(err, modelservice.CodeAlreadyExists, "main.default.team-chat")
	w.must(w.drop("alice", modelservice.TypeModelService, "main.default.team-chat", nil))
	_, err = w.create("alice", "main.default", "team-chat", seedSpec())
	w.refused(err, modelservice.CodeAlreadyExists, "main.logging.team_chat_payload")
	if w.exists(modelservice.TypeModelService, "main.default.team-chat") {
		w.Error("the service is there without its table")
	}
}

func example3(w *world) {
	_, err := w.create("alice", "main.default", "chat", to("one"))
	w.must(err)
	for _, step := range []struct {
		grant  func()
		status int
	}{
		{func() {}, 404},
		{func() { w.grant("bob", modelservice.TypeModelService, chat, catalog.Execute) }, 404},
		{func() { w.grant("bob", catalog.TypeSchema, "main.default", catalog.UseSchema) }, 404},
		{func() { w.grant("bob", catalog.TypeCatalog, "main", catalog.UseCatalog) }, 200},
	} {
		step.grant()
		if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != step.status {
			w.Errorf("bob got %d, want %d", res.Status, step.status)
		}
	}
	if rows := w.rows(); len(rows) != 1 {
		w.Errorf("%d rows: a 404 leaves none (ruling R34)", len(rows))
	}
}

func example4(w *world) {
	w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.grant("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
	w.service(to("one", "two"))
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
		w.Errorf("bob got %d, though the owner may: %v", res.Status, res.Err)
	}
	w.revoke("alice", catalog.TypeSchema, "system.ai", catalog.Execute)
	res := w.serve(w.ctx(), "bob", ask(), &recorder{})
	w.refused(res.Err, modelservice.CodePermissionDenied, "")
	if got := w.backend.models(); got != "one" {
		w.Errorf("the backend saw %q: no fallback is a second door", got)
	}
}

func example5(w *world) {
	w.service(to("one", "two"))
	w.backend.plays("one", reply{status: 503})
	out := &recorder{}
	res := w.serve(w.ctx(), "bob", ask(), out)
	if res.Status != 200 || len(res.Steps) != 2 || out.body.String() != answer("two", "well", 3, 4) {
		w.Errorf("%d after %d attempts: %s", res.Status, len(res.Steps), out.body.String())
	}
	if row := w.row(); row.StatusCode != 200 || len(row.Attempts) != 2 {
		w.Errorf("row %+v", row)
	}
}

func example6(w *world) {
	w.service(to("one", "two"))
	w.backend.plays("one", reply{status: 400, body: `{"error":{"message":"bad temperature"}}`})
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 400 || len(res.Steps) != 1 {
		w.Errorf("%d after %d attempts", res.Status, len(res.Steps))
	}
}

func example9(w *world) {
	spec := to("one")
	spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyUserDefault, Period: ratelimit.Minute, Requests: new64(0)}}
	w.service(spec)
	res := w.serve(w.ctx(), "bob", ask(), &recorder{})
	if res.Status != http.StatusForbidden {
		w.Errorf("requests 0: %d", res.Status)
	}
	w.refused(res.Err, modelservice.CodePermissionDenied, "The endpoint is disabled due to a rate limit set to 0.")

	_, err := w.create("alice", "main.default", "open", modelservice.Spec{Destinations: to("one").Destinations})
	w.must(err)
	for range 2_000 {
		if res := w.serve(w.ctx(), "alice", askOf("main.default.open"), &recorder{}); res.Status != 200 {
			w.Fatalf("unset: %d", res.Status)
		}
	}
}

func example10(w *world) {
	w.service(to("one"))
	table := w.id(catalog.TypeTable, chatTable)
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	w.must(w.log.Flush(w.ctx()))
	w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
		w.Errorf("with the table gone: %d", res.Status)
	}
	if s := w.books(); s.Accepted != 1 {
		w.Errorf("a dropped table is offered rows: %+v", s)
	}
	svc, err := w.ms.Service(w.who["bob"], w.name(chat))
	w.must(err)
	if it := svc.Spec.InferenceTable; it == nil || !it.Deleted || it.Parent != "main.logging" || it.Table != "chat_payload" {
		w.Errorf("get shows %+v, want the binding, marked deleted", it)
	}
	for _, err := range w.log.Rows(w.ctx(), uint64(table), inferencelog.Query{}) {
		if err == nil {
			w.Error("a dropped table yields rows")
		}
	}
	// A later table of the name gets nothing of the service's (I30).
	_, err = w.create("alice", "main.default", "other", modelservice.Spec{
		Destinations:   to("one").Destinations,
		InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Prefix: "chat"},
	})
	w.must(err)
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	if rows := w.rows(); len(rows) != 0 {
		w.Errorf("a later table of the name received %d rows", len(rows))
	}
}

func example11(w *world) {
	w.service(to("one"))
	w.refused(w.drop("bob", modelservice.TypeModelService, chat, nil),
		modelservice.CodePermissionDenied, "User does not have MANAGE on Model Service 'main.default.chat'.")
	w.grant("bob", modelservice.TypeModelService, chat, catalog.Manage)
	w.must(w.drop("bob", modelservice.TypeModelService, chat, nil))
	if !w.exists(catalog.TypeTable, chatTable) {
		w.Error("the table went with its service")
	}
	w.systemService()
	w.refused(w.drop("admin", modelservice.TypeModelService, "system.ai.chat", nil), modelservice.CodePermissionDenied, "")
}

func example12(w *world) {
	w.service(to("one"))
	w.grant("carol", modelservice.TypeModelService, chat, catalog.AllPrivileges, catalog.Manage, catalog.Execute, catalog.ReadMetadata)
	w.must(w.ms.ChangeGrants(w.ctx(), w.who["alice"], modelservice.TypeModelService, w.name(chat), []modelservice.GrantChange{
		{Principal: "carol", Remove: []catalog.Privilege{catalog.AllPrivileges}},
	}))
	got, err := w.ms.Grants(w.who["alice"], modelservice.TypeModelService, w.name(chat), "carol")
	w.must(err)
	if len(got) != 1 || len(got[0].Privileges) != 1 || got[0].Privileges[0] != catalog.Manage {
		w.Errorf("what is left is %v, want MANAGE alone", got)
	}
}

func example15(w *world) {
	_, err := w.create("alice", "main.default", "team-chat", seedSpec())
	w.must(err)
	err = w.ms.ChangeGrants(w.ctx(), w.who["alice"], modelservice.TypeModelService, w.name("main.default.team_chat"), []modelservice.GrantChange{
		{Principal: "bob", Add: []catalog.Privilege{catalog.Execute}},
	})
	w.refused(err, modelservice.CodeDoesNotExist, "main.default.team_chat")
	if res := w.serve(w.ctx(), "alice", askOf("main.default.team_chat"), &recorder{}); res.Status != 404 {
		w.Errorf("the gateway took a hyphen for an underscore: %d", res.Status)
	}
}

func (w *world) ctx() context.Context { return context.Background() }

func (w *world) drop(caller string, t catalog.SecurableType, name string, opts *modelservice.DropOptions) error {
	w.Helper()
	return w.ms.Drop(w.ctx(), w.who[caller], t, w.name(name), opts)
}

// systemService puts a ready-made service into system.ai, as the platform does.
func (w *world) systemService() {
	w.Helper()
	w.grant("admin", catalog.TypeSchema, "system.ai", modelservice.CreateServicePrivilege)
	_, err := w.create("admin", "system.ai", "chat", modelservice.Spec{Destinations: to("one").Destinations})
	w.must(err)
}

// A destination without a type is one of the only type there is, and a prefix
// reads back as the table's name has it.
func TestDefaultsReadBack(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.Destinations[0].Type = ""
	spec.InferenceTable.Prefix = "MyLog"
	svc := w.service(spec)
	if got := svc.Spec.Destinations[0].Type; got != modelservice.PayPerToken {
		t.Errorf("type %q", got)
	}
	if got := svc.Spec.InferenceTable; got.Prefix != "mylog" || got.Table != "mylog_payload" {
		t.Errorf("%+v", got)
	}
}
