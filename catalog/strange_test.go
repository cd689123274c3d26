package catalog_test

import (
	"context"
	"encoding/json"
	"slices"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// A grant of a privilege that no kind here has, from a process that knows more,
// is kept and shown, gives nothing that can be asked for, and goes as others do.
func TestGrantsOfUnknownPrivileges(t *testing.T) {
	ctx := context.Background()
	store := catalog.NewMemoryStore()
	first, err := catalog.Open(ctx, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	var alice catalog.PrincipalID
	var main catalog.ID
	if _, err := first.Update(ctx, "test", func(tx *catalog.Tx) (err error) {
		if alice, err = tx.CreatePrincipal(catalog.User, "alice"); err != nil {
			return err
		}
		main, err = tx.Create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "main", Owner: catalog.SystemUser})
		return err
	}); err != nil {
		t.Fatal(err)
	}
	wonder := catalog.Grant{On: main, To: alice, Privilege: "WONDER"}
	marvel := catalog.Grant{On: main, To: alice, Privilege: "A_MARVEL"}
	browse := catalog.Grant{On: main, To: alice, Privilege: catalog.Browse}
	key := func(g catalog.Grant) catalog.RowKey {
		return catalog.RowKey{Kind: catalog.RowGrant, Key: "6/5/" + string(g.Privilege)}
	}
	if alice != 5 || main != 6 {
		t.Fatalf("alice is %d and main %d", alice, main)
	}
	version := first.Snapshot().Version()
	if err := store.Append(ctx, version, catalog.Commit{Version: version + 1, NextID: 7, Changes: []catalog.Change{
		{RowKey: key(wonder), Value: json.RawMessage("{}")},
		{RowKey: key(marvel), Value: json.RawMessage("{}")},
		{RowKey: key(browse), Value: json.RawMessage("{}")},
	}}); err != nil {
		t.Fatal(err)
	}
	check := func(when string, c *catalog.Catalog, want ...catalog.Grant) {
		t.Helper()
		s := c.Snapshot()
		if got := slices.Collect(s.GrantsOn(main)); !slices.Equal(got, want) {
			t.Errorf("%s: the grants are %v, not %v", when, got, want)
		}
		if got := slices.Collect(s.GrantsTo(alice)); !slices.Equal(got, want) {
			t.Errorf("%s: alice is granted %v, not %v", when, got, want)
		}
		for _, g := range []catalog.Grant{wonder, marvel, browse} {
			if s.Granted(g) != slices.Contains(want, g) {
				t.Errorf("%s: %v is granted: %t", when, g, s.Granted(g))
			}
		}
		var st catalog.Standing
		st.Stand(s, alice, main)
		held := st.Path()[1].Held
		known := slices.ContainsFunc(want, func(g catalog.Grant) bool { return !s.Kinds().Set(g.Privilege).Empty() })
		if held.Empty() != (len(want) == 0) || !s.Kinds().Set("WONDER").Empty() || held.Meets(s.Kinds().Universe()) != known {
			t.Errorf("%s: alice holds %v", when, s.Kinds().Privileges(held))
		}
	}
	again, err := catalog.Open(ctx, store, nil)
	if err != nil {
		t.Fatal(err)
	}
	check("opened", again, marvel, browse, wonder)
	update := func(do func(*catalog.Tx) error) {
		t.Helper()
		if _, err := first.Update(ctx, "test", do); err != nil { // which follows the commit first
			t.Fatal(err)
		}
	}
	update(func(tx *catalog.Tx) error { return tx.Grant(main, alice, catalog.Manage) })
	check("followed", first, marvel, browse, catalog.Grant{On: main, To: alice, Privilege: catalog.Manage}, wonder)
	update(func(tx *catalog.Tx) error { return tx.Revoke(main, alice, catalog.AllPrivileges) })
	check("all revoked", first, catalog.Grant{On: main, To: alice, Privilege: catalog.Manage})
	update(func(tx *catalog.Tx) error { return tx.Revoke(main, alice, catalog.Manage) })
	check("nothing left", first)
	if held := slices.Collect(first.Snapshot().HeldIn(alice, catalog.MetastoreID)); len(held) != 0 {
		t.Errorf("alice still holds something on %v", held)
	}
}
