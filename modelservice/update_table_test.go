package modelservice_test

import (
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// A table is given, paused, resumed, taken away and given again; its rows are
// those of the calls made while it was there and not paused (spec §6.1).
func TestUpdateTable(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.InferenceTable = nil
	w.service(spec)
	set := func(c modelservice.ServiceChange) modelservice.Service {
		t.Helper()
		got, err := w.change("alice", c)
		w.must(err)
		w.agree()
		if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != 200 {
			t.Fatalf("%d: %v", res.Status, res.Err)
		}
		return got
	}
	at := func(table *modelservice.InferenceTable) modelservice.ServiceChange {
		return modelservice.ServiceChange{InferenceTable: table}
	}
	got := set(at(&modelservice.InferenceTable{Parent: "Main.logging"}))
	if is := *got.Spec.InferenceTable; is != (modelservice.InferenceTable{Parent: "main.logging", Prefix: "chat", Table: "chat_payload", Logging: modelservice.Logging{Status: modelservice.LoggingActive}}) {
		t.Errorf("given: %+v", is)
	}
	if o, err := w.ms.Get(w.who["alice"], catalog.TypeTable, w.name(chatTable)); err != nil || o.Owner != "alice" {
		t.Errorf("the table is %+v, %v", o, err)
	}
	table := w.id(catalog.TypeTable, chatTable)
	set(at(&modelservice.InferenceTable{Parent: "main.logging", Disabled: true}))
	set(at(&modelservice.InferenceTable{Parent: "main.logging", Table: "Chat_payload"}))
	if n := len(w.rowsOf(table)); n != 2 {
		t.Errorf("%d rows, two calls were made while nothing was paused", n)
	}
	if got := set(modelservice.ServiceChange{DetachTable: true}); got.Spec.InferenceTable != nil {
		t.Errorf("taken away, it reads %+v", got.Spec.InferenceTable)
	}
	set(modelservice.ServiceChange{DetachTable: true})
	before := w.dump()
	_, err := w.change("alice", at(&modelservice.InferenceTable{Parent: "main.logging"}))
	w.refused(err, modelservice.CodeAlreadyExists, "Table 'main.logging.chat_payload' already exists.")
	w.unchanged(before)
	set(at(&modelservice.InferenceTable{Parent: "main.logging", Prefix: "second", Disabled: true}))
	if n := len(w.rowsOf(table)); n != 2 {
		t.Errorf("%d rows in the table that was taken away", n)
	}
	if n := len(w.rowsOf(w.id(catalog.TypeTable, "main.logging.second_payload"))); n != 0 {
		t.Errorf("%d rows in a table that is paused from the first", n)
	}
}

// A table that was dropped stays the service's until it is taken away; then
// another one can be made, of its name too (spec §6.1).
func TestUpdateDroppedTable(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	w.must(w.drop("alice", catalog.TypeTable, chatTable, nil))
	got, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
	w.must(err)
	if !got.Spec.InferenceTable.Deleted || w.exists(catalog.TypeTable, chatTable) {
		t.Errorf("the table is back: %+v", got.Spec.InferenceTable)
	}
	_, err = w.change("alice", modelservice.ServiceChange{DetachTable: true})
	w.must(err)
	got, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
	w.must(err)
	if got.Spec.InferenceTable.Deleted {
		t.Errorf("%+v", got.Spec.InferenceTable)
	}
	w.serve(w.ctx(), "bob", ask(), &recorder{})
	w.row()
}

// Which table a service has is told by the name that it has now.
func TestUpdateMovedTable(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	_, err := w.ms.Update(w.ctx(), w.who["admin"], catalog.TypeSchema, w.name("main.logging"), modelservice.Change{Name: ptr("logs")})
	w.must(err)
	_, err = w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
	w.refused(err, modelservice.CodeInvalidParameter, "'main.logs.chat_payload'")
	got, err := w.change("alice", modelservice.ServiceChange{InferenceTable: w.read().Spec.InferenceTable})
	w.must(err)
	if is := got.Spec.InferenceTable; is.Parent != "main.logs" || is.Deleted {
		t.Errorf("%+v", is)
	}
}

// A table is made with the rights of who asks for it, and is his (spec §12.6).
func TestUpdateTableIsTheUpdaters(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.InferenceTable = nil
	w.service(spec)
	w.letIn("carol", chat)
	w.grant("carol", modelservice.TypeModelService, chat, catalog.Manage)
	table := modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}}
	before := w.dump()
	_, err := w.change("carol", table)
	w.refused(err, modelservice.CodeDoesNotExist, "Schema 'main.logging' does not exist.")
	w.unchanged(before)
	w.grant("carol", catalog.TypeSchema, "main.logging", catalog.UseSchema, catalog.CreateTable)
	_, err = w.change("carol", table)
	w.must(err)
	if o, err := w.ms.Get(w.who["carol"], catalog.TypeTable, w.name(chatTable)); err != nil || o.Owner != "carol" {
		t.Errorf("the table is %+v, %v", o, err)
	}
}
