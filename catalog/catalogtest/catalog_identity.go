package catalogtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
)

func checkReopenCatalog(t *testing.T, open opener) {
	dir := t.TempDir()
	keeps := durable(t, open)
	store := open(t, dir)
	defer func() { store.Close() }()
	used := map[uint64]bool{1: true, 2: true, 3: true, 4: true}
	var before string
	var version uint64
	for round := range 4 {
		c, err := catalog.Open(withPatience(t), lend(store), testOptions())
		if err != nil {
			t.Fatal(err)
		}
		if before != "" {
			if d := difference(Dump(c.Snapshot()), before); d != "" || c.Snapshot().Version() != version {
				t.Fatalf("opened again at version %d, was %d: %s", c.Snapshot().Version(), version, d)
			}
		}
		take := func(id uint64) {
			if used[id] {
				t.Errorf("round %d: id %d is given out twice", round, id)
			}
			used[id] = true
		}
		update := func(change func(tx *catalog.Tx) error) {
			t.Helper()
			if _, err := c.Update(withPatience(t), "Ann \xff\u2028<é>", change); err != nil {
				t.Fatal(err)
			}
		}
		var id, kept catalog.ID
		var who catalog.PrincipalID
		update(func(tx *catalog.Tx) error {
			create := func(d catalog.Draft) catalog.ID {
				d.Owner = catalog.MetastoreAdmins
				return must(tx.Create(d))(t)
			}
			kept = create(catalog.Draft{
				Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: fmt.Sprintf("kept%d", round),
				Comment: "a\tb\n\u2028<é>", Properties: map[string]string{},
			})
			schema := create(catalog.Draft{Type: catalog.TypeSchema, Parent: kept, Name: "s", Properties: map[string]string{"a&b": "<\u00e9>"}})
			service := create(catalog.Draft{Type: TypeService, Parent: schema, Name: "s", Spec: &Service{Text: "<&>\u2028"}})
			id = create(catalog.Draft{Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Name: "gone"})
			who = must(tx.CreatePrincipal(catalog.Group, "Gone"))(t)
			take(uint64(who))
			for _, id := range []catalog.ID{kept, schema, service, id} {
				take(uint64(id))
			}
			return tx.Grant(kept, catalog.AccountUsers, catalog.UseCatalog, catalog.AllPrivileges)
		})
		// The newest ids go, so that only the store's counter remembers them.
		update(func(tx *catalog.Tx) error {
			if _, err := tx.Drop(id, false); err != nil {
				return err
			}
			return tx.DropPrincipal(who)
		})
		update(func(tx *catalog.Tx) error {
			id := must(tx.CreatePrincipal(catalog.User, "here and gone"))(t)
			take(uint64(id))
			return tx.DropPrincipal(id)
		})
		before, version = Dump(c.Snapshot()), c.Snapshot().Version()
		if err := c.Close(withPatience(t)); err != nil {
			t.Fatal(err)
		}
		if keeps {
			if err := store.Close(); err != nil {
				t.Fatal(err)
			}
			store = open(t, dir)
		}
	}
}

func checkDrop(t *testing.T, open opener) {
	w := open.town(t)
	w.update(t, func(tx *catalog.Tx) error {
		if _, err := tx.Drop(w.main, false); !errors.Is(err, catalog.ErrNotEmpty) {
			t.Errorf("Drop of what is not empty: %v", err)
		}
		_, err := tx.Drop(w.main, true)
		return err
	})
	s := w.Snapshot()
	for _, id := range []catalog.ID{w.main, w.sch, w.schema2, w.service, w.model} {
		if _, ok := s.Node(id); ok {
			t.Errorf("object %d is still there", id)
		}
		if grants := slices.Collect(s.GrantsOn(id)); len(grants) > 0 {
			t.Errorf("grants on dropped object %d: %v", id, grants)
		}
	}
	for _, p := range []catalog.PrincipalID{w.alice, w.bob, w.team} {
		if grants := slices.Collect(s.GrantsTo(p)); len(grants) > 0 {
			t.Errorf("principal %d still has %v", p, grants)
		}
		if owned := slices.Collect(s.OwnedBy(p)); len(owned) > 0 {
			t.Errorf("principal %d still owns %v", p, owned)
		}
	}
}

func checkCleanStart(t *testing.T, open opener) {
	w := open.town(t)
	var service catalog.ID
	var bob catalog.PrincipalID
	w.update(t, func(tx *catalog.Tx) error {
		if err := tx.Change(w.service, catalog.Edit{Owner: &w.bob}); err != nil {
			return err
		}
		return tx.Grant(w.model, w.bob, catalog.Execute)
	})
	old, _ := w.Snapshot().Securable(w.service)
	w.update(t, func(tx *catalog.Tx) error {
		if _, err := tx.Drop(w.service, false); err != nil {
			return err
		}
		if err := tx.DropPrincipal(w.bob); err != nil {
			return err
		}
		bob = must(tx.CreatePrincipal(catalog.ServicePrincipal, "BOB"))(t)
		service = must(tx.Create(catalog.Draft{Type: TypeService, Parent: w.sch, Name: "chat", Owner: w.alice}))(t)
		return nil
	})
	s := w.Snapshot()
	made, _ := s.Securable(service)
	if service == w.service || made.Spec != nil || made.Etag() == old.Etag() || s.Compiled(service) != nil {
		t.Errorf("the new service is %+v", made)
	}
	if grants := slices.Collect(s.GrantsOn(service)); len(grants) > 0 {
		t.Errorf("the new service starts with grants %v", grants)
	}
	if bob == w.bob {
		t.Error("the new principal has the old id")
	}
	for _, id := range []catalog.PrincipalID{w.bob, bob} {
		if n := len(slices.Collect(s.GrantsTo(id))) + len(slices.Collect(s.MemberOf(id))); n > 0 {
			t.Errorf("principal %d holds %d grants and memberships", id, n)
		}
	}
	for p := range s.Members(w.team) {
		t.Errorf("the team still has member %d", p)
	}
	if err := w.failed(t, func(tx *catalog.Tx) error { return tx.Change(w.sch, catalog.Edit{Owner: &w.bob}) }); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("giving an object to a principal that is gone: %v", err)
	}
}

// failed makes an update that must fail and returns its error.
func (w *town) failed(t *testing.T, change func(*catalog.Tx) error) error {
	t.Helper()
	_, err := w.Update(withPatience(t), "tester", change)
	if err == nil {
		t.Fatal("Update: no error")
	}
	return err
}

func checkSiblings(t *testing.T, open opener) {
	w := open.town(t)
	rapid.Check(t, func(rt *rapid.T) {
		stem := rapid.StringMatching(`[a-z]{1,4}`).Draw(rt, "stem")
		names := []string{stem, stem + rapid.StringMatching(`[a-z0-9_-]{1,3}`).Draw(rt, "longer")}
		var schemas [2]catalog.ID
		want := map[catalog.ID][]string{}
		w.update(t, func(tx *catalog.Tx) error {
			cat := must(tx.Create(catalog.Draft{
				Type: catalog.TypeCatalog, Parent: catalog.MetastoreID, Owner: w.alice,
				Name: fmt.Sprintf("c%d", tx.Version()),
			}))(t)
			for i, name := range names {
				schemas[i] = must(tx.Create(catalog.Draft{Type: catalog.TypeSchema, Parent: cat, Name: name, Owner: w.alice}))(t)
				for j := range rapid.IntRange(0, 3).Draw(rt, "children") {
					child := fmt.Sprintf("%s%d", names[1-i], j)
					must(tx.Create(catalog.Draft{Type: catalog.TypeModel, Parent: schemas[i], Name: child, Owner: w.alice}))(t)
					want[schemas[i]] = append(want[schemas[i]], child)
				}
			}
			return nil
		})
		s := w.Snapshot()
		for i, schema := range schemas {
			var got []string
			for n := range s.Children(schema, "") {
				got = append(got, n.Name)
			}
			if !slices.Equal(got, want[schema]) {
				rt.Fatalf("schema %q lists %v, want %v", names[i], got, want[schema])
			}
			for range s.Children(schema, TypeService) {
				rt.Fatal("a model is listed among the model services")
			}
			other := names[i] + "0"
			if _, found := s.Lookup(catalog.TypeModel, s.FullName(schema).Child(other)); found != slices.Contains(want[schema], other) {
				rt.Fatalf("look-up of %q in schema %q: %t", other, names[i], found)
			}
		}
	})
}

func checkRename(t *testing.T, open opener) {
	w := open.town(t)
	before, _ := w.Snapshot().Securable(w.main)
	inside := []catalog.ID{w.main, w.sch, w.schema2, w.service, w.model}
	was := map[catalog.ID]catalog.FullName{}
	for _, id := range inside {
		was[id] = w.Snapshot().FullName(id)
	}
	w.update(t, func(tx *catalog.Tx) error { return tx.Change(w.main, rename("Ñandú")) })
	s := w.Snapshot()
	after, _ := s.Securable(w.main)
	if after.Name != "ñandú" || after.Etag() == before.Etag() || after.CreatedAt != before.CreatedAt {
		t.Errorf("after the renaming: %+v", after)
	}
	for _, id := range inside {
		n, _ := s.Node(id)
		full := s.FullName(id)
		if full.Catalog != "ñandú" || full.Schema != was[id].Schema || full.Object != was[id].Object {
			t.Errorf("%s is now %s", was[id], full)
		}
		if found, ok := s.Lookup(n.Type, full); !ok || found != id {
			t.Errorf("Lookup(%s) is %d, %t; want %d", full, found, ok, id)
		}
		if _, ok := s.Lookup(n.Type, was[id]); ok {
			t.Errorf("the old name %s is still found", was[id])
		}
	}
	if !s.Granted(catalog.Grant{On: w.main, To: w.team, Privilege: catalog.UseCatalog}) {
		t.Error("the grant has not moved along")
	}
	// Two names change places in one update, and a third object takes none.
	w.update(t, func(tx *catalog.Tx) error {
		for _, move := range []struct {
			id   catalog.ID
			name string
		}{{w.sch, "between"}, {w.schema2, "sch"}, {w.sch, "schema2"}} {
			if err := tx.Change(move.id, rename(move.name)); err != nil {
				return err
			}
		}
		return nil
	})
	if err := w.failed(t, func(tx *catalog.Tx) error { return tx.Change(w.sch, rename("SCH")) }); !errors.Is(err, catalog.ErrAlreadyExists) {
		t.Errorf("renaming to a name that is taken: %v", err)
	}
	if id, _ := w.Snapshot().Lookup(catalog.TypeSchema, catalog.FullName{Catalog: "ñandú", Schema: "sch"}); id != w.schema2 {
		t.Errorf("after the swap sch is %d, want %d", id, w.schema2)
	}
}

func checkPrincipals(t *testing.T, open opener) {
	w := open.town(t)
	for _, spelling := range []string{"Data Team", "data team", "DATA TEAM", "dATA tEAM"} {
		if p, ok := w.Snapshot().PrincipalNamed(spelling); !ok || p.ID != w.team || p.Name != "Data Team" {
			t.Errorf("PrincipalNamed(%q) is %+v, %t", spelling, p, ok)
		}
		for _, typ := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
			err := w.failed(t, func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(typ, spelling); return err })
			if !errors.Is(err, catalog.ErrAlreadyExists) {
				t.Errorf("a second %q: %v", spelling, err)
			}
		}
	}
	w.update(t, func(tx *catalog.Tx) error { return tx.RenamePrincipal(w.team, "DATA team") })
	if p, _ := w.Snapshot().PrincipalNamed("data team"); p.Name != "DATA team" {
		t.Errorf("after a change of case the name is %q", p.Name)
	}
	odd := append([]string{strings.Repeat("a", catalog.MaxNameLength+1)}, oddPrincipalNames...)
	for _, name := range odd {
		var invalid *catalog.InvalidError
		err := w.failed(t, func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(catalog.User, name); return err })
		if !errors.As(err, &invalid) {
			t.Errorf("a principal named %.20q: %v", name, err)
		}
		if _, ok := w.Snapshot().PrincipalNamed(name); ok {
			t.Errorf("PrincipalNamed(%.20q) finds somebody", name)
		}
	}
}

func checkCycles(t *testing.T, open opener) {
	w := open.town(t)
	rapid.Check(t, func(rt *rapid.T) {
		m := newModel() // for its members alone
		ids := []catalog.PrincipalID{w.bob}
		w.update(t, func(tx *catalog.Tx) error {
			for i := range rapid.IntRange(2, 9).Draw(rt, "groups") {
				id := must(tx.CreatePrincipal(catalog.Group, fmt.Sprintf("g%d.%d", tx.Version(), i)))(t)
				ids = append(ids, id)
			}
			for _, id := range ids {
				p, _ := tx.Principal(id)
				m.principals[id] = person{p.Type, p.Name}
			}
			for range rapid.IntRange(1, 25).Draw(rt, "edges") {
				group := rapid.SampledFrom(ids[1:]).Draw(rt, "group")
				who := rapid.SampledFrom(ids).Draw(rt, "member")
				remove := rapid.IntRange(0, 5).Draw(rt, "remove") == 0
				if remove {
					step{fmt.Sprintf("RemoveMember(%d, %d)", group, who), func(tx *catalog.Tx) error {
						return tx.RemoveMember(group, who)
					}, m.removeMember(group, who)}.check(rt, tx)
					continue
				}
				step{fmt.Sprintf("AddMember(%d, %d)", group, who), func(tx *catalog.Tx) error {
					return tx.AddMember(group, who)
				}, m.addMember(group, who)}.check(rt, tx)
			}
			return nil
		})
		got := map[member]bool{}
		for _, id := range ids {
			for p := range w.Snapshot().Members(id) {
				got[member{id, p}] = true
			}
		}
		if !maps.Equal(got, m.members) {
			rt.Fatalf("members are %v, want %v", got, m.members)
		}
	})
}

func checkDeepGroups(t *testing.T, open opener) {
	w := open.town(t)
	const depth = 1000
	w.update(t, func(tx *catalog.Tx) error {
		first, last := w.team, w.team
		for i := range depth {
			next := must(tx.CreatePrincipal(catalog.Group, fmt.Sprintf("level %d", i)))(t)
			if err := tx.AddMember(next, last); err != nil {
				return err
			}
			last = next
		}
		if err := tx.AddMember(first, last); !errors.Is(err, catalog.ErrCycle) {
			t.Errorf("a cycle of %d groups: %v", depth+1, err)
		}
		if err := tx.AddMember(last, w.bob); err != nil {
			t.Errorf("a second way in: %v", err)
		}
		return nil
	})
}
