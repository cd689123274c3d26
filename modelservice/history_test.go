package modelservice_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
	"github.com/modelward/modelward/modelservice"
)

// told is what events say, one line a change, without ids and times. It is
// sorted, for the order inside a commit is the store's.
func told(events []catalog.Event) []string {
	var lines []string
	for _, e := range events {
		for _, c := range e.Changes {
			line := fmt.Sprintln(e.Actor+":", c.Kind, c.Privilege, c.On.Type, c.On.Name, c.To.Name, c.Group.Name)
			lines = append(lines, strings.Join(strings.Fields(line), " "))
		}
	}
	slices.Sort(lines)
	return lines
}

// history is what admin reads after a version.
func (w *world) history(after uint64) []catalog.Event {
	w.Helper()
	events, err := w.ms.History(w.ctx(), w.who["admin"], after, 0)
	w.must(err)
	return events
}

func (w *world) version() uint64 { return w.catalog.Snapshot().Version() }

// Who granted what when, under the names of the time, and about which of two
// objects that had the same name one after the other.
func TestHistory(t *testing.T) {
	w := newWorld(t, nil)
	start := w.version()
	w.service(modelservice.Spec{Destinations: to("one").Destinations})
	w.must(w.ms.ChangeGrants(w.ctx(), w.who["alice"], modelservice.TypeModelService, w.name(chat), []modelservice.GrantChange{
		{Principal: "team", Add: []catalog.Privilege{catalog.Execute}},
	}))
	_, err := w.ms.RenamePrincipal(w.ctx(), w.who["admin"], "team", "crew")
	w.must(err)
	w.must(w.rename("admin", catalog.TypeSchema, "main.default", "prod"))
	w.must(w.drop("alice", modelservice.TypeModelService, "main.prod.chat", nil))
	_, err = w.create("alice", "main.prod", "chat", modelservice.Spec{Destinations: to("one").Destinations})
	w.must(err)
	w.must(w.ms.ChangeGrants(w.ctx(), w.who["alice"], modelservice.TypeModelService, w.name("main.prod.chat"), []modelservice.GrantChange{
		{Principal: "carol", Add: []catalog.Privilege{catalog.Execute}},
	}))
	w.must(w.members("admin", "outer", []string{"app"}, []string{"crew"}))

	events := w.history(0) // from the start, so that every name is that of the time
	events = events[slices.IndexFunc(events, func(e catalog.Event) bool { return e.Version == start+1 }):]
	want := []string{
		"alice: securable_created model_service main.default.chat",
		"host: grant_added USE_CATALOG catalog main bob",
		"host: grant_added USE_SCHEMA schema main.default bob",
		"host: grant_added EXECUTE model_service main.default.chat bob",
		"alice: grant_added EXECUTE model_service main.default.chat team",
		"admin: principal_renamed crew",
		"admin: securable_changed schema main.prod",
		"alice: grant_removed EXECUTE model_service main.prod.chat bob",
		"alice: grant_removed EXECUTE model_service main.prod.chat crew",
		"alice: securable_dropped model_service main.prod.chat",
		"alice: securable_created model_service main.prod.chat",
		"alice: grant_added EXECUTE model_service main.prod.chat carol",
		"admin: member_added app outer",
		"admin: member_removed crew outer",
	}
	slices.Sort(want)
	if got := told(events); !slices.Equal(got, want) {
		t.Errorf("the history says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	var made, granted []catalog.ID
	for i, e := range events {
		if e.Version != start+uint64(i)+1 || e.At.IsZero() || i > 0 && e.At.Before(events[i-1].At) {
			t.Errorf("event %d is of version %d at %v", i, e.Version, e.At)
		}
		for _, c := range e.Changes {
			if c.On.Type == modelservice.TypeModelService && c.Kind == catalog.SecurableCreated {
				made = append(made, c.On.ID)
			}
			if c.Kind == catalog.GrantAdded && e.Actor == "alice" {
				granted = append(granted, c.On.ID)
			}
		}
	}
	if len(made) != 2 || made[0] == made[1] || !slices.Equal(made, granted) {
		t.Errorf("services %v were made, alice granted on %v", made, granted)
	}
}

// Nobody else reads it, whatever else he has, and learns nothing of how long it
// is.
func TestHistoryAdminsOnly(t *testing.T) {
	w := newWorld(t, nil)
	w.host(func(tx *catalog.Tx) error { // all there is, but not to be admin
		return errors.Join(
			tx.Grant(w.id(catalog.TypeCatalog, "main"), w.who["mallory"], catalog.AllPrivileges, catalog.Manage),
			tx.Grant(catalog.MetastoreID, w.who["mallory"], catalog.CreateCatalog),
		)
	})
	w.must(w.catalog.TrimHistory(w.ctx(), 2))
	for _, who := range []string{"mallory", "alice", "app", "team", "account users"} {
		for _, after := range []uint64{0, 1, 2, w.version(), 1 << 63} {
			events, err := w.ms.History(w.ctx(), w.who[who], after, 1)
			w.refused(err, modelservice.CodePermissionDenied, "Only a metastore admin may read the history.")
			if events != nil {
				t.Errorf("%s reads %v", who, events)
			}
		}
	}
	_, err := w.ms.History(w.ctx(), w.who["nobody"], 0, 0)
	w.refused(err, modelservice.CodeUnauthenticated, "")
	w.must(w.members("admin", "outer", []string{"carol"}, nil))
	w.must(w.members("admin", "metastore admins", []string{"outer"}, nil))
	_, err = w.ms.History(w.ctx(), w.who["carol"], 2, 0) // through groups
	w.must(err)
	w.must(w.members("carol", "outer", nil, []string{"carol"}))
	_, err = w.ms.History(w.ctx(), w.who["carol"], 2, 0)
	w.refused(err, modelservice.CodePermissionDenied, "")
}

// Read in parts of any size it is the whole, and no part is longer than 1,000.
func TestHistoryParts(t *testing.T) {
	w := newWorld(t, nil)
	main := w.id(catalog.TypeCatalog, "main")
	for i := range 1100 {
		comment := fmt.Sprint(i)
		w.host(func(tx *catalog.Tx) error { return tx.Change(main, catalog.Edit{Comment: &comment}) })
	}
	newest := w.version()
	for _, tt := range []struct{ limit, most int }{{0, 1000}, {-1, 1000}, {1001, 1000}, {1 << 62, 1000}, {1000, 1000}, {999, 999}, {400, 400}} {
		after := uint64(0)
		for {
			events, err := w.ms.History(w.ctx(), w.who["admin"], after, tt.limit)
			w.must(err)
			if want := min(uint64(tt.most), newest-after); uint64(len(events)) != want {
				t.Fatalf("limit %d after %d: %d events, want %d", tt.limit, after, len(events), want)
			}
			for _, e := range events {
				if after++; e.Version != after {
					t.Fatalf("limit %d: version %d follows %d", tt.limit, e.Version, after-1)
				}
			}
			if len(events) == 0 {
				break
			}
		}
	}
	if events := w.history(1 << 63); len(events) != 0 {
		t.Errorf("after what is not there come %v", events)
	}
}

// Who asks for what is forgotten is told from where on there is a history.
func TestHistoryTrimmed(t *testing.T) {
	w := newWorld(t, nil)
	w.must(w.catalog.TrimHistory(w.ctx(), 3))
	for after := range uint64(3) {
		_, err := w.ms.History(w.ctx(), w.who["admin"], after, 0)
		w.refused(err, modelservice.CodeInvalidParameter, "through version 3 is forgotten; it can be read after version 3")
		if e := modelservice.AsError(err); e.Field != "after" || !errors.Is(err, catalog.ErrTrimmed) {
			t.Errorf("the error blames %q: %v", e.Field, err)
		}
	}
	if events := w.history(3); events[0].Version != 4 {
		t.Errorf("after version 3 comes %+v", events[0])
	}
}

// A history that cannot be read to the end is an error and nothing else.
func TestHistoryFails(t *testing.T) {
	w := newWorld(t, nil)
	broken := func(op catalogtest.Op) error {
		if op == catalogtest.OpWatch {
			return errStore
		}
		return nil
	}
	w.fail.Store(&broken)
	events, err := w.ms.History(w.ctx(), w.who["admin"], 0, 0)
	if w.refused(err, modelservice.CodeInternal, ""); !errors.Is(err, errStore) || events != nil {
		t.Errorf("got %v, %v", events, err)
	}
	w.fail.Store(nil)
	ctx, cancel := context.WithCancel(w.ctx())
	cancel()
	_, err = w.ms.History(ctx, w.who["admin"], 0, 0)
	w.refused(err, modelservice.CodeCancelled, "")
	w.must(w.catalog.Close(w.ctx()))
	_, err = w.ms.History(w.ctx(), w.who["admin"], 0, 0)
	w.refused(err, modelservice.CodeUnavailable, "")
}
