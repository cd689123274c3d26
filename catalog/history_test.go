package catalog_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

// named is what a history says about names, one line a change.
func named(t *testing.T, c *catalog.Catalog, after uint64) (lines []string) {
	t.Helper()
	for e, err := range c.History(t.Context(), after) {
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range e.Changes {
			lines = append(lines, fmt.Sprintf("%d %s %q %q", e.Version, change.Kind, change.On.Name, change.To.Name))
		}
	}
	return lines
}

// What a thing was called then, what it is called today, and what nobody knows.
func TestHistoryNames(t *testing.T) {
	c := openMemory(t)
	rename := func(id catalog.ID, name string) {
		update(t, c, func(tx *catalog.Tx) error { return tx.Change(id, catalog.Edit{Name: &name}) })
	}
	var main, other catalog.ID
	update(t, c, func(tx *catalog.Tx) (err error) { // 2
		draft := catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: catalog.MetastoreAdmins}
		if main, err = tx.Create(draft); err != nil {
			return err
		}
		draft.Name = "other"
		other, err = tx.Create(draft)
		return err
	})
	update(t, c, func(tx *catalog.Tx) error { return tx.Grant(main, catalog.AccountUsers, catalog.UseCatalog) }) // 3
	rename(main, "first")                                                                                        // 4
	rename(main, "second")                                                                                       // 5
	update(t, c, func(tx *catalog.Tx) error { _, err := tx.Drop(other, false); return err })                     // 6

	for _, test := range []struct {
		after uint64
		want  []string
	}{
		{1, []string{
			`2 securable_created "main" ""`, `2 securable_created "other" ""`, `3 grant_added "main" "account users"`,
			`4 securable_changed "first" ""`, `5 securable_changed "second" ""`, `6 securable_dropped "other" ""`,
		}},
		{2, []string{
			`3 grant_added "second" "account users"`, // its name then is not read
			`4 securable_changed "first" ""`, `5 securable_changed "second" ""`, `6 securable_dropped "other" ""`,
		}},
		{5, []string{`6 securable_dropped "other" ""`}}, // looked up in the earlier history
	} {
		if got := named(t, c, test.after); fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("after %d\n got %q\nwant %q", test.after, got, test.want)
		}
	}
	if err := c.TrimHistory(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(named(t, c, 5)), `[6 securable_dropped "" ""]`; got != want {
		t.Errorf("trimmed\n got %s\nwant %s", got, want)
	}
	if got := named(t, c, 3); got[0] != `4 securable_changed "first" ""` {
		t.Errorf("trimmed: the first change is %s", got[0])
	}
}

// A store that fails in the middle ends the history with its error.
func TestHistoryStoreErrors(t *testing.T) {
	broken := errors.New("no such table")
	watches, fail := 0, 0
	c, err := catalog.Open(t.Context(), &catalogtest.FaultStore{
		Store: catalog.NewMemoryStore(),
		Before: func(op catalogtest.Op) error {
			if op == catalogtest.OpTrim {
				return broken
			}
			if op == catalogtest.OpWatch {
				if watches++; watches == fail {
					return broken
				}
			}
			return nil
		},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	var ann catalog.PrincipalID
	update(t, c, func(tx *catalog.Tx) (err error) { ann, err = tx.CreatePrincipal(catalog.User, "ann"); return err })
	update(t, c, func(tx *catalog.Tx) error { return tx.DropPrincipal(ann) })
	for fail = 1; fail <= 3; fail++ { // the commits, the one before them, and the look back
		watches = 0
		n := 0
		for e, err := range c.History(t.Context(), 2) {
			if n++; !errors.Is(err, broken) {
				t.Errorf("read %d fails: %+v, %v", fail, e, err)
			}
		}
		if n != 1 || watches != fail {
			t.Errorf("read %d fails: the history yields %d times after %d reads", fail, n, watches)
		}
	}
	if err := c.TrimHistory(t.Context(), 1); !errors.Is(err, broken) {
		t.Errorf("TrimHistory: %v", err)
	}
}
