package modelservice_test

import (
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// The sentences of spec §6.1 and §6.2 on where and whether is logged, each as a
// case. What they say of the shapes is tested in package rest.
var tableLife = []struct {
	says  string
	check func(*world)
}{
	{"a new, empty table with a fixed schema at the given place", func(w *world) {
		w.service(to("one"))
		if n := len(w.rows()); n != 0 {
			w.Errorf("%d rows", n)
		}
		o, err := w.ms.Get(w.who["alice"], catalog.TypeTable, w.name(chatTable))
		w.must(err)
		if o.Layout != inferencelog.Payload {
			w.Errorf("its layout is %q", o.Layout)
		}
	}},
	{"an existing table: the create fails", func(w *world) {
		w.service(to("one"))
		w.must(w.drop("alice", modelservice.TypeModelService, chat, nil))
		before := w.dump()
		_, err := w.create("alice", "main.default", "chat", to("one"))
		w.refused(err, modelservice.CodeAlreadyExists, "Table 'main.logging.chat_payload' already exists.")
		w.unchanged(before)
	}},
	{"it takes USE CATALOG, USE SCHEMA and CREATE TABLE on the target", func(w *world) {
		w.makeCatalog("logs", "calls")
		spec := to("one")
		spec.InferenceTable.Parent = "logs.calls"
		for _, step := range []struct {
			code  modelservice.Code
			words string
			then  func()
		}{
			{modelservice.CodeDoesNotExist, "Catalog 'logs' does not exist.", func() { w.grant("alice", catalog.TypeCatalog, "logs", catalog.UseCatalog) }},
			{modelservice.CodeDoesNotExist, "Schema 'logs.calls' does not exist.", func() { w.grant("alice", catalog.TypeSchema, "logs.calls", catalog.CreateTable) }},
			{modelservice.CodePermissionDenied, "User does not have USE SCHEMA on Schema 'logs.calls'.", func() {
				w.grant("alice", catalog.TypeSchema, "logs.calls", catalog.UseSchema)
				w.revoke("alice", catalog.TypeSchema, "logs.calls", catalog.CreateTable)
			}},
			{modelservice.CodePermissionDenied, "User does not have CREATE TABLE on Schema 'logs.calls'.", func() { w.grant("alice", catalog.TypeSchema, "logs.calls", catalog.CreateTable) }},
		} {
			before := w.dump()
			_, err := w.create("alice", "main.default", "chat", spec)
			w.refused(err, step.code, step.words)
			w.unchanged(before)
			step.then()
		}
		w.service(spec)
	}},
	{"to enable it later takes MANAGE on the service, too", func(w *world) {
		w.service(modelservice.Spec{Destinations: to("one").Destinations})
		w.grant("bob", catalog.TypeSchema, "main.logging", catalog.UseSchema, catalog.CreateTable)
		c := modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}}
		_, err := w.change("bob", c)
		w.refused(err, modelservice.CodePermissionDenied, "User does not have MANAGE on Model Service")
		w.grant("bob", modelservice.TypeModelService, chat, catalog.Manage)
		_, err = w.change("bob", c)
		w.must(err)
		w.asks(w.id(catalog.TypeTable, chatTable), 200, 1)
	}},
	{"the table is the creator's, nobody else has access, and its grants are ordinary", func(w *world) {
		w.service(to("one"))
		w.serve(w.ctx(), "bob", ask(), &recorder{})
		w.grant("bob", catalog.TypeSchema, "main.logging", catalog.UseSchema)
		read := func(who string) error {
			_, err := w.ms.Rows(w.ctx(), w.who[who], w.name(chatTable), inferencelog.Query{})
			return err
		}
		w.must(read("alice"))
		w.refused(read("bob"), modelservice.CodeDoesNotExist, "")
		w.must(w.ms.ChangeGrants(w.ctx(), w.who["alice"], catalog.TypeTable, w.name(chatTable), []modelservice.GrantChange{{Principal: "bob", Add: []catalog.Privilege{catalog.Select}}}))
		w.must(read("bob"))
	}},
	{"disabled pauses logging and keeps binding and table, from the first too", func(w *world) {
		spec := to("one")
		spec.InferenceTable.Disabled = true
		w.service(spec)
		table := w.id(catalog.TypeTable, chatTable)
		w.asks(table, 200, 0)
		w.logs(modelservice.LoggingPaused, "Logging is disabled.")
		_, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
		w.must(err)
		w.asks(table, 200, 1) // what was not logged is not made up for
	}},
	{"a table that was dropped is shown as deleted, nothing is logged, and calls go on", func(w *world) {
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		w.serve(w.ctx(), "bob", ask(), &recorder{})
		w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
		w.stillGone(table)
	}},
	{"so is one that went with its schema", func(w *world) {
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		w.must(w.drop("admin", catalog.TypeSchema, "main.logging", &modelservice.DropOptions{Force: true}))
		w.stillGone(table)
	}},
	{"a later table of its name receives nothing", func(w *world) {
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
		w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog)
		w.grant("carol", catalog.TypeSchema, "main.default", catalog.UseSchema, modelservice.CreateServicePrivilege)
		w.grant("carol", catalog.TypeSchema, "main.logging", catalog.UseSchema, catalog.CreateTable)
		spec := to("one")
		spec.InferenceTable.Prefix = "chat"
		_, err := w.create("carol", "main.default", "hers", spec)
		w.must(err)
		w.stillGone(table)
		if n := len(w.rows()); n != 0 {
			w.Errorf("carol's table has %d rows of another service's", n)
		}
		// Nor is it taken over by giving its name.
		_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
		w.must(err)
		w.stillGone(table)
		_, err = w.change("alice", modelservice.ServiceChange{DetachTable: true})
		w.must(err)
		before := w.dump()
		_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
		w.refused(err, modelservice.CodeAlreadyExists, "Table 'main.logging.chat_payload' already exists.")
		w.unchanged(before)
	}},
	{"what was dropped is enabled again by taking it away and giving it anew", func(w *world) {
		w.service(to("one"))
		w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
		_, err := w.change("alice", modelservice.ServiceChange{DetachTable: true})
		w.must(err)
		_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
		w.must(err)
		w.logs(modelservice.LoggingActive, "")
		w.asks(w.id(catalog.TypeTable, chatTable), 200, 1)
	}},
	{"a table that a restore brings back is logged to again", func(w *world) {
		w.service(to("one"))
		table, kept := w.id(catalog.TypeTable, chatTable), w.backup()
		w.serve(w.ctx(), "bob", ask(), &recorder{})
		w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
		w.stillGone(table)
		w.must(w.restore("admin", kept))
		w.logs(modelservice.LoggingActive, "")
		w.asks(table, 200, 1)
	}},
	{"a table keeps its rows under another name, and in a schema or catalog of another name", func(w *world) {
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		w.asks(table, 200, 1)
		w.must(w.rename("alice", catalog.TypeTable, chatTable, "calls"))
		w.asks(table, 200, 2)
		w.must(w.rename("admin", catalog.TypeSchema, "main.logging", "logs"))
		w.asks(table, 200, 3)
		w.must(w.rename("admin", catalog.TypeCatalog, "main", "prime"))
		if res := w.serve(w.ctx(), "bob", askOf("prime.default.chat"), &recorder{}); res.Status != 200 {
			w.Errorf("%d: %v", res.Status, res.Err)
		}
		svc, err := w.ms.Service(w.who["alice"], w.name("prime.default.chat"))
		w.must(err)
		if is := svc.Spec.InferenceTable; is.Parent != "prime.logs" || is.Table != "calls" || is.Logging.Status != modelservice.LoggingActive {
			w.Errorf("it reads %+v", is)
		}
		if n := len(w.rowsOf(table)); n != 4 {
			w.Errorf("%d rows of 4 calls", n)
		}
	}},
	{"the table outlives its service, with its rows and grants", func(w *world) {
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		w.grant("carol", catalog.TypeTable, chatTable, catalog.Select)
		w.asks(table, 200, 1)
		w.must(w.drop("alice", modelservice.TypeModelService, chat, nil))
		w.asks(table, 404, 1)
		if grants := collect(w.catalog.Snapshot().GrantsOn(table)); len(grants) != 1 {
			w.Errorf("its grants are %v", grants)
		}
	}},
	{"parent and prefix are immutable once set", func(w *world) {
		w.service(to("one"))
		w.grant("alice", catalog.TypeSchema, "main.default", catalog.CreateTable)
		before := w.dump()
		for _, t := range []modelservice.InferenceTable{{Parent: "main.default"}, {Parent: "main.logging", Prefix: "other"}, {Parent: "main.logging", Table: "chat"}} {
			_, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &t})
			w.refused(err, modelservice.CodeInvalidParameter, "is where it is, 'main.logging.chat_payload'")
		}
		w.unchanged(before)
	}},
	{"refused calls have rows, unless they are not wanted", func(w *world) {
		spec := to("one")
		spec.RateLimits = wide()
		spec.RateLimits[0].Requests = new64(0)
		w.service(spec)
		table := w.id(catalog.TypeTable, chatTable)
		w.asks(table, 403, 1)
		omit := modelservice.InferenceTable{Parent: "main.logging", OmitRefused: true}
		_, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &omit})
		w.must(err)
		w.asks(table, 403, 1)
		_, err = w.change("alice", modelservice.ServiceChange{RateLimits: &[]modelservice.RateLimit{}})
		w.must(err)
		w.asks(table, 200, 2)
		w.backend.plays("one", reply{status: 503})
		w.asks(table, 503, 3) // failed is not refused
		w.revoke("account users", catalog.TypeSchema, "system.ai", catalog.Execute)
		w.asks(table, 403, 3)
		omit.OmitRefused = false
		_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &omit})
		w.must(err)
		w.asks(table, 403, 4)
	}},
	{"where there is no EXECUTE and no such service there is no row", func(w *world) {
		w.service(to("one"))
		w.serve(w.ctx(), "mallory", ask(), &recorder{})
		w.asks(w.id(catalog.TypeTable, chatTable), 200, 1)
	}},
}

// stillGone checks that a table that was dropped stays so for the service [chat].
func (w *world) stillGone(table catalog.ID) {
	w.Helper()
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
		w.Errorf("the call answers %d (%v)", res.Status, res.Err)
	}
	is := w.read().Spec.InferenceTable
	if is == nil || !is.Deleted || is.Parent != "main.logging" || is.Table != "chat_payload" {
		w.Errorf("the table reads %+v", is)
	}
	w.logs(modelservice.LoggingDeleted, "The table was dropped.")
	tables, err := w.sink.Tables(w.ctx())
	w.must(err)
	for _, t := range tables {
		if t.ID == uint64(table) {
			w.Errorf("the log has %+v", t)
		}
	}
}

func TestTableLife(t *testing.T) {
	for _, c := range tableLife {
		t.Run(c.says, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.check(newWorld(t, nil)) })
		})
	}
}
