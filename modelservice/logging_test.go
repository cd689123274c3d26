package modelservice_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// loss is a way in which the owner of the service [chat] loses the right to
// write to its table, and one to get it back.
type loss struct {
	name   string
	before func(*world)
	lose   func(*world)
	back   func(*world)
	lacks  string // the reason given
	status int    // of the calls meanwhile; 0: 200
}

var losses = []loss{{
	name:  "USE CATALOG",
	lose:  func(w *world) { w.revoke("alice", catalog.TypeCatalog, "main", catalog.UseCatalog) },
	back:  func(w *world) { w.grant("alice", catalog.TypeCatalog, "main", catalog.UseCatalog) },
	lacks: "Owner 'alice' does not have USE CATALOG on Catalog 'main'.",
}, {
	name:  "USE SCHEMA",
	lose:  func(w *world) { w.revoke("alice", catalog.TypeSchema, "main.logging", catalog.UseSchema) },
	back:  func(w *world) { w.grant("alice", catalog.TypeCatalog, "main", catalog.AllPrivileges) },
	lacks: "Owner 'alice' does not have USE SCHEMA on Schema 'main.logging'.",
}, {
	name:  "the table is given away",
	lose:  func(w *world) { w.owned(catalog.TypeTable, chatTable, "carol") },
	back:  func(w *world) { w.grant("alice", catalog.TypeTable, chatTable, catalog.Modify) },
	lacks: "Owner 'alice' does not have MODIFY on Table 'main.logging.chat_payload'.",
}, {
	name: "MODIFY on the table",
	before: func(w *world) {
		w.grant("alice", catalog.TypeTable, chatTable, catalog.Modify)
		w.owned(catalog.TypeTable, chatTable, "carol")
	},
	lose:  func(w *world) { w.revoke("alice", catalog.TypeTable, chatTable, catalog.Modify) },
	back:  func(w *world) { w.owned(catalog.TypeTable, chatTable, "alice") },
	lacks: "Owner 'alice' does not have MODIFY on Table 'main.logging.chat_payload'.",
}, {
	name: "MODIFY that is inherited",
	before: func(w *world) {
		w.grant("account users", catalog.TypeSchema, "main.logging", catalog.Modify)
		w.owned(catalog.TypeTable, chatTable, "carol")
	},
	lose:  func(w *world) { w.revoke("account users", catalog.TypeSchema, "main.logging", catalog.Modify) },
	back:  func(w *world) { w.grant("account users", catalog.TypeCatalog, "main", catalog.Modify) },
	lacks: "Owner 'alice' does not have MODIFY on Table 'main.logging.chat_payload'.",
}, {
	name: "the place in the group that owns the table",
	before: func(w *world) {
		w.owned(catalog.TypeTable, chatTable, "outer")
		w.host(func(tx *catalog.Tx) error { return tx.AddMember(w.who["team"], w.who["alice"]) })
	},
	lose:  func(w *world) { w.must(w.members("admin", "outer", nil, []string{"team"})) },
	back:  func(w *world) { w.must(w.members("admin", "outer", []string{"alice"}, nil)) },
	lacks: "Owner 'alice' does not have MODIFY on Table 'main.logging.chat_payload'.",
}, {
	name: "the service is given away",
	lose: func(w *world) { w.owned(modelservice.TypeModelService, chat, "carol") },
	back: func(w *world) {
		w.grant("carol", catalog.TypeCatalog, "main", catalog.UseCatalog, catalog.UseSchema, catalog.Modify)
	},
	lacks: "Owner 'carol' does not have USE CATALOG on Catalog 'main'.",
}, {
	name: "the owner is deleted",
	lose: func(w *world) { w.must(w.dropPrincipal("admin", "alice")) },
	back: func(w *world) {
		w.owned(modelservice.TypeModelService, chat, "admin")
		w.owned(catalog.TypeTable, chatTable, "admin")
	},
	lacks:  "The service has no owner any more",
	status: 403,
}}

// owned makes somebody the owner of an object.
func (w *world) owned(t catalog.SecurableType, on, by string) {
	w.Helper()
	owner := w.who[by]
	w.host(func(tx *catalog.Tx) error { return tx.Change(w.id(t, on), catalog.Edit{Owner: &owner}) })
}

// asks makes a call of bob's and checks its status and how many rows there are.
func (w *world) asks(table catalog.ID, status, rows int) {
	w.Helper()
	if res := w.serve(w.ctx(), "bob", ask(), &recorder{}); res.Status != status {
		w.Errorf("the call answers %d (%v), want %d", res.Status, res.Err, status)
	}
	if n := len(w.rowsOf(table)); n != rows {
		w.Errorf("%d rows, want %d", n, rows)
	}
}

// logs checks the state of logging of the service [chat].
func (w *world) logs(want modelservice.LoggingStatus, reason string) modelservice.Logging {
	w.Helper()
	is := w.read().Spec.InferenceTable.Logging
	if is.Status != want || is.Reason != reason {
		w.Errorf("logging is %s %q, want %s %q", is.Status, is.Reason, want, reason)
	}
	if is.Status != modelservice.LoggingStopped && !is.Since.IsZero() {
		w.Errorf("it is %s since %v", is.Status, is.Since)
	}
	return is
}

// Rows are written with the rights of the service's owner. From the first call
// after they are lost there are none, whatever comes back and whatever is
// restarted, until somebody who manages the service resumes it. Calls go on
// (spec §6.2).
func TestLoggingStops(t *testing.T) {
	on := modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}}
	for _, l := range losses {
		t.Run(l.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nil)
				w.service(to("one"))
				table, during := w.id(catalog.TypeTable, chatTable), max(l.status, 200)
				if l.before != nil {
					l.before(w)
				}
				w.asks(table, 200, 1)
				l.lose(w)
				w.logs(modelservice.LoggingActive, "") // nobody has found out
				w.asks(table, during, 1)
				reason := w.read().Spec.InferenceTable.Logging.Reason
				if len(reason) < len(l.lacks) || reason[:len(l.lacks)] != l.lacks {
					t.Errorf("the reason is %q, want %q", reason, l.lacks)
				}
				synctest.Wait()
				if is := w.logs(modelservice.LoggingStopped, reason); is.Since.IsZero() || w.read().UpdatedBy != catalog.SystemUserName {
					t.Errorf("it is kept as %+v, by %q", is, w.read().UpdatedBy)
				}
				w.asks(table, during, 1)

				before := w.dump()
				_, err := w.change("admin", on)
				w.refused(err, modelservice.CodePermissionDenied, l.lacks)
				w.unchanged(before)
				l.back(w)
				w.asks(table, 200, 1)
				w.reopen()
				w.asks(table, 200, 1)
				_, err = w.change("admin", modelservice.ServiceChange{Comment: ptr("still"), Fallbacks: &[]modelservice.Destination{destination("f", "system.ai.two")}})
				w.must(err)
				w.asks(table, 200, 1)
				w.logs(modelservice.LoggingStopped, reason)

				_, err = w.change("bob", on)
				w.refused(err, modelservice.CodePermissionDenied, "User does not have MANAGE on Model Service")
				_, err = w.change("admin", on)
				w.must(err)
				w.logs(modelservice.LoggingActive, "")
				w.asks(table, 200, 2)
				w.agree()
			})
		})
	}
}

// What stopped can stop again, and a pause is no way around: it ends only where
// the rights do.
func TestLoggingStopsAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.service(to("one"))
		table := w.id(catalog.TypeTable, chatTable)
		set := func(disabled bool) error {
			_, err := w.change("admin", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging", Disabled: disabled}})
			return err
		}
		lack := "Owner 'alice' does not have MODIFY on Table 'main.logging.chat_payload'."
		for i := range 3 {
			w.owned(catalog.TypeTable, chatTable, "carol")
			w.asks(table, 200, i)
			synctest.Wait()
			w.must(set(true))
			w.logs(modelservice.LoggingStopped, lack) // that is what a person must know first
			w.refused(set(false), modelservice.CodePermissionDenied, lack)
			w.owned(catalog.TypeTable, chatTable, "alice")
			w.asks(table, 200, i)
			w.must(set(false))
			w.logs(modelservice.LoggingActive, "")
			w.asks(table, 200, i+1)
		}
		w.must(set(true))
		w.logs(modelservice.LoggingPaused, "Logging is disabled.")
		w.owned(catalog.TypeTable, chatTable, "carol")
		w.asks(table, 200, 3)
		w.logs(modelservice.LoggingPaused, "Logging is disabled.")
		w.refused(set(false), modelservice.CodePermissionDenied, lack)
		w.grant("alice", catalog.TypeTable, chatTable, catalog.Modify)
		w.must(set(false))
		w.asks(table, 200, 4)
	})
}

// A table that is given to a service is written to with the rights of the
// service's owner, who gets MODIFY on it and must be able to come that far.
func TestLoggingOwnerIsSomebodyElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		_, err := w.ms.CreateService(w.ctx(), w.who["alice"], modelservice.NewService{Parent: w.name("main.default"), Name: "chat", Owner: "outer",
			Spec: modelservice.Spec{Destinations: to("one").Destinations}})
		w.must(err)
		w.grant("alice", modelservice.TypeModelService, chat, catalog.Manage)
		attach := func() error {
			_, err := w.change("alice", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
			return err
		}
		tables := func() int { return len(collect(w.catalog.Snapshot().All(catalog.TypeTable))) }
		before := tables()
		for _, c := range []struct {
			lacks string
			grant func()
		}{
			{"Owner 'outer' does not have USE CATALOG on Catalog 'main'.", func() { w.grant("outer", catalog.TypeCatalog, "main", catalog.UseCatalog) }},
			{"Owner 'outer' does not have USE SCHEMA on Schema 'main.logging'.", func() { w.grant("outer", catalog.TypeSchema, "main.logging", catalog.UseSchema) }},
		} {
			w.refused(attach(), modelservice.CodePermissionDenied, c.lacks)
			if w.agree(); tables() != before {
				t.Errorf("there is a table: %s", c.lacks)
			}
			c.grant()
		}
		w.logsForOuter(attach)
	})
}

// A service that is made may have any owner, with a table too (ruling R20). When
// he cannot come as far as the table, logging stops at the first row.
func TestLoggingOwnerGivenAtCreate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		create := func() error {
			_, err := w.ms.CreateService(w.ctx(), w.who["alice"], modelservice.NewService{Parent: w.name("main.default"), Name: "chat", Owner: "outer", Spec: to("one")})
			return err
		}
		w.must(create())
		w.letIn("bob", chat)
		w.asks(w.id(catalog.TypeTable, chatTable), 200, 0)
		w.logs(modelservice.LoggingStopped, "Owner 'outer' does not have USE CATALOG on Catalog 'main'.")
		w.must(w.drop("admin", modelservice.TypeModelService, chat, nil))
		w.must(w.drop("admin", catalog.TypeTable, chatTable, nil))

		w.grant("outer", catalog.TypeCatalog, "main", catalog.UseCatalog)
		w.grant("outer", catalog.TypeSchema, "main.logging", catalog.UseSchema)
		w.logsForOuter(create)
	})
}

// logsForOuter checks that a table which outer's rights are enough for is made,
// or nothing is; whose it is; and that rows stop with the right to write them.
func (w *world) logsForOuter(make func() error) {
	w.Helper()
	undone := w.dump()
	w.sink.noCreate.Store(true)
	if err := make(); !errors.Is(err, errSink) {
		w.Errorf("the sink makes no table, and the answer is %v", err)
	}
	w.unchanged(undone)
	w.sink.noCreate.Store(false)
	w.must(make())
	w.letIn("bob", chat)
	table := w.id(catalog.TypeTable, chatTable)
	s := w.catalog.Snapshot()
	if sec, _ := s.Securable(table); sec.Owner != w.who["alice"] {
		w.Errorf("the table belongs to %d", sec.Owner)
	}
	if grants := collect(s.GrantsOn(table)); len(grants) != 1 || grants[0] != (catalog.Grant{On: table, To: w.who["outer"], Privilege: catalog.Modify}) {
		w.Errorf("granted on the table is %v", grants)
	}
	w.asks(table, 200, 1)
	w.revoke("outer", catalog.TypeTable, chatTable, catalog.Modify)
	w.asks(table, 200, 1)
	w.logs(modelservice.LoggingStopped, "Owner 'outer' does not have MODIFY on Table 'main.logging.chat_payload'.")
}

// A table is not given to a service that nobody owns any more; what the platform
// owns it may write, wherever an administrator has its rows.
func TestLoggingOwners(t *testing.T) {
	w := newWorld(t, nil)
	w.service(modelservice.Spec{Destinations: to("one").Destinations})
	w.must(w.dropPrincipal("admin", "alice"))
	before := w.dump()
	_, err := w.change("admin", modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
	w.refused(err, modelservice.CodePermissionDenied, "The service has no owner any more")
	w.unchanged(before)

	w.host(func(tx *catalog.Tx) error {
		sec, _ := tx.Securable(w.id(modelservice.TypeModelService, chat))
		id, err := tx.Create(catalog.Draft{Type: modelservice.TypeModelService, Parent: w.id(catalog.TypeSchema, "system.ai"), Name: "ready",
			Owner: catalog.SystemUser, Spec: sec.Spec, System: true})
		return errors.Join(err, tx.Grant(id, w.who["bob"], catalog.Execute))
	})
	ready := w.name("system.ai.ready")
	_, err = w.ms.UpdateService(w.ctx(), w.who["admin"], ready, modelservice.ServiceChange{InferenceTable: &modelservice.InferenceTable{Parent: "main.logging"}})
	w.must(err)
	w.serve(w.ctx(), "bob", askOf("system.ai.ready"), &recorder{}) // whatever that answers
	if n := len(w.rowsOf(w.id(catalog.TypeTable, "main.logging.ready_payload"))); n != 1 {
		t.Errorf("%d rows", n)
	}
}
