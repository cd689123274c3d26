package catalogtest

import (
	"context"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// town is a small catalog that the laws are tried on.
type town struct {
	*catalog.Catalog
	store catalog.Store

	main, sch, schema2, service, model catalog.ID
	alice, bob, team                   catalog.PrincipalID
}

// town opens a catalog over a new store and fills it.
func (open opener) town(t *testing.T) *town {
	t.Helper()
	w := &town{store: open.fresh(t)}
	w.Catalog = openCatalog(t, lend(w.store))
	w.update(t, func(tx *catalog.Tx) error {
		w.alice = must(tx.CreatePrincipal(catalog.User, "alice"))(t)
		w.bob = must(tx.CreatePrincipal(catalog.ServicePrincipal, "bob"))(t)
		w.team = must(tx.CreatePrincipal(catalog.Group, "Data Team"))(t)
		create := func(typ catalog.SecurableType, parent catalog.ID, name string, spec catalog.Spec) catalog.ID {
			return must(tx.Create(catalog.Draft{Type: typ, Parent: parent, Name: name, Owner: w.alice, Spec: spec}))(t)
		}
		w.main = create(catalog.TypeCatalog, catalog.MetastoreID, "main", nil)
		w.sch = create(catalog.TypeSchema, w.main, "sch", nil)
		w.schema2 = create(catalog.TypeSchema, w.main, "schema2", nil)
		w.service = create(TypeService, w.sch, "chat", &Service{Text: "hello", Tags: []string{"a"}})
		w.model = create(catalog.TypeModel, w.sch, "chat", nil)
		if err := tx.AddMember(w.team, w.bob); err != nil {
			return err
		}
		if err := tx.Grant(w.main, w.team, catalog.UseCatalog, catalog.UseSchema); err != nil {
			return err
		}
		return tx.Grant(w.service, w.bob, catalog.Execute, catalog.Manage)
	})
	return w
}

func openCatalog(t *testing.T, s catalog.Store) *catalog.Catalog {
	t.Helper()
	c, err := catalog.Open(withPatience(t), s, testOptions())
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(context.Background()); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

// update commits a change that must succeed.
func (w *town) update(t *testing.T, change func(*catalog.Tx) error) uint64 {
	t.Helper()
	version, err := w.Update(withPatience(t), "tester", change)
	if err != nil {
		t.Fatalf("Update: %v", err)
	}
	return version
}

// must unwraps a result that cannot be an error in the law at hand.
func must[V any](v V, err error) func(t *testing.T) V {
	return func(t *testing.T) V {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func rename(name string) catalog.Edit { return catalog.Edit{Name: &name} }

func comment(text string) catalog.Edit { return catalog.Edit{Comment: &text} }
