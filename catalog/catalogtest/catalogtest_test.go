package catalogtest_test

import (
	"context"
	"testing"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/catalog/catalogtest"
)

func TestMemoryStore(t *testing.T) {
	catalogtest.TestStore(t, openMemory, catalogtest.Features{})
}

func openMemory(testing.TB, string) catalog.Store { return catalog.NewMemoryStore() }

func TestMemoryCatalog(t *testing.T) {
	catalogtest.TestCatalog(t, openMemory)
}

// A store that takes one commit at a time, and says no more than it must.
func TestPlainCatalog(t *testing.T) {
	catalogtest.TestCatalog(t, func(testing.TB, string) catalog.Store {
		return struct{ catalog.Store }{catalog.NewMemoryStore()}
	})
}

// A generator that never draws what it promises would make laws that cannot
// fail.
func TestWorldIsVaried(t *testing.T) {
	seen := map[string]bool{}
	rapid.Check(t, func(rt *rapid.T) {
		s := catalogtest.World(rt, nil).Snapshot()
		for _, typ := range s.Kinds().Types() {
			for n := range s.All(typ) {
				seen[string(typ)] = true
				owner, ok := s.Principal(n.Owner)
				seen["owner "+string(owner.Type)] = true
				seen["owner gone"] = seen["owner gone"] || !ok
				for g := range s.GrantsOn(n.ID) {
					seen["grant on "+string(typ)] = true
					if g.To == catalog.AccountUsers {
						seen["grant to account users"] = true
					}
				}
			}
		}
		for g := range s.Principals(catalog.Group) {
			for m := range s.Members(g.ID) {
				p, _ := s.Principal(m)
				seen["member "+string(p.Type)] = true
			}
		}
	})
	for _, what := range []string{
		"catalog", "schema", "table", "model", "model_service", "owner gone", "owner user", "owner service_principal",
		"owner group", "owner system", "grant on metastore", "grant on catalog", "grant on schema", "grant on model_service",
		"grant to account users", "member user", "member service_principal", "member group",
	} {
		if !seen[what] {
			t.Errorf("no world had: %s", what)
		}
	}
}

func TestNames(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		name := catalogtest.Name().Draw(rt, "name")
		if _, err := catalog.CanonicalName(name); err != nil {
			rt.Errorf("Name draws %q: %v", name, err)
		}
		odd := catalogtest.OddName().Draw(rt, "odd name")
		if canon, err := catalog.CanonicalName(odd); err == nil {
			rt.Errorf("OddName draws %q, which is %q", odd, canon)
		}
	})
}

func TestDumpTellsApart(t *testing.T) {
	ctx := t.Context()
	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: []catalog.Kind{catalogtest.ServiceKind()}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(context.Background())
	seen := map[string]bool{catalogtest.Dump(c.Snapshot()): true}
	for i, change := range []func(tx *catalog.Tx) error{
		func(tx *catalog.Tx) error { _, err := tx.CreatePrincipal(catalog.User, "ann"); return err },
		func(tx *catalog.Tx) error { return tx.RenamePrincipal(5, "Ann") },
		func(tx *catalog.Tx) error { return tx.AddMember(catalog.MetastoreAdmins, 5) },
		func(tx *catalog.Tx) error { return tx.Grant(catalog.MetastoreID, 5, catalog.CreateCatalog) },
		func(tx *catalog.Tx) error {
			comment := "ours"
			return tx.Change(catalog.MetastoreID, catalog.Edit{Comment: &comment})
		},
	} {
		if _, err := c.Update(ctx, "tester", change); err != nil {
			t.Fatal(err)
		}
		dump := catalogtest.Dump(c.Snapshot())
		if seen[dump] {
			t.Errorf("change %d does not show in the dump", i)
		}
		seen[dump] = true
	}
}
