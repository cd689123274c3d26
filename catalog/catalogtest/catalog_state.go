package catalogtest

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/modelward/modelward/catalog"
)

func checkFounding(t *testing.T, open opener) {
	c := openCatalog(t, open(t, t.TempDir()))
	if v := c.Snapshot().Version(); v != 1 {
		t.Errorf("a new catalog is at version %d", v)
	}
	compare(t, c.Snapshot(), newModel())
	before := Dump(c.Snapshot())
	for what, change := range map[string]func(tx *catalog.Tx) error{
		"rename metastore": func(tx *catalog.Tx) error { return tx.Change(catalog.MetastoreID, rename("other")) },
		"drop metastore":   func(tx *catalog.Tx) error { _, err := tx.Drop(catalog.MetastoreID, true); return err },
		"drop admins":      func(tx *catalog.Tx) error { return tx.DropPrincipal(catalog.MetastoreAdmins) },
		"rename users":     func(tx *catalog.Tx) error { return tx.RenamePrincipal(catalog.AccountUsers, "all") },
		"join users":       func(tx *catalog.Tx) error { return tx.AddMember(catalog.AccountUsers, catalog.MetastoreAdmins) },
		"arm the system": func(tx *catalog.Tx) error {
			return tx.Grant(catalog.MetastoreID, catalog.SystemUser, catalog.CreateCatalog)
		},
	} {
		if _, err := c.Update(withPatience(t), "tester", change); err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if d := difference(Dump(c.Snapshot()), before); d != "" {
		t.Errorf("the founding state has changed: %s", d)
	}
}

func checkStandingStill(t *testing.T, open opener) {
	w := open.town(t)
	s := w.Snapshot()
	before, version := Dump(s), s.Version()
	w.update(t, func(tx *catalog.Tx) error { return tx.Change(w.main, rename("other")) })
	w.update(t, func(tx *catalog.Tx) error { return tx.DropPrincipal(w.bob) })
	w.update(t, func(tx *catalog.Tx) error { _, err := tx.Drop(w.main, true); return err })
	if Dump(w.Snapshot()) == before {
		t.Error("a new snapshot does not show the changes")
	}
	if err := w.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if d := difference(Dump(s), before); d != "" || s.Version() != version {
		t.Errorf("the old snapshot has changed: %s", d)
	}
}

func checkCopies(t *testing.T, open opener) {
	w := open.town(t)
	properties := map[string]string{"k": "v"}
	spec := &Service{Text: "text", Tags: []string{"tag"}}
	edit := catalog.Edit{Properties: &properties, Spec: spec}
	w.update(t, func(tx *catalog.Tx) error { return tx.Change(w.service, edit) })
	var made catalog.ID
	w.update(t, func(tx *catalog.Tx) error {
		made = must(tx.Create(catalog.Draft{
			Type: TypeService, Parent: w.sch, Name: "second", Owner: w.alice, Properties: properties, Spec: spec,
		}))(t)
		return nil
	})
	before := Dump(w.Snapshot())
	spoil := func(properties map[string]string, spec *Service) {
		clear(properties)
		properties["spoiled"] = "yes"
		spec.Text, spec.Tags[0] = "spoiled", "spoiled"
	}
	spoil(properties, spec)
	for _, id := range []catalog.ID{w.service, made} {
		sec, _ := w.Snapshot().Securable(id)
		spoil(sec.Properties, sec.Spec.(*Service))
	}
	for commit, err := range w.Watch(withPatience(t), 0) {
		if err != nil {
			t.Fatal(err)
		}
		for i := range commit.Changes {
			clear(commit.Changes[i].Value)
		}
		if commit.Version == w.Snapshot().Version() {
			break
		}
	}
	if d := difference(Dump(w.Snapshot()), before); d != "" {
		t.Errorf("a change outside went in: %s", d)
	}
	if d := difference(Dump(openCatalog(t, lend(w.store)).Snapshot()), before); d != "" {
		t.Errorf("a change outside went into the store: %s", d)
	}
}

func checkVersions(t *testing.T, open opener) {
	w := open.town(t)
	at := w.Snapshot().Version()
	for i := range 5 {
		at++
		v := w.update(t, func(tx *catalog.Tx) error {
			if tx.Version() != at-1 {
				t.Errorf("inside the update to %d the version is %d", at, tx.Version())
			}
			return tx.Change(w.main, comment(fmt.Sprint(i)))
		})
		if v != at || w.Snapshot().Version() != at {
			t.Fatalf("update returned version %d and the snapshot is at %d, want %d", v, w.Snapshot().Version(), at)
		}
	}
	for what, change := range map[string]func(tx *catalog.Tx) error{
		"nothing":             func(tx *catalog.Tx) error { return nil },
		"granting again":      func(tx *catalog.Tx) error { return tx.Grant(w.main, w.team, catalog.UseCatalog) },
		"revoking nothing":    func(tx *catalog.Tx) error { return tx.Revoke(w.main, w.alice, catalog.UseCatalog) },
		"adding again":        func(tx *catalog.Tx) error { return tx.AddMember(w.team, w.bob) },
		"removing nobody":     func(tx *catalog.Tx) error { return tx.RemoveMember(w.team, w.alice) },
		"calling it the same": func(tx *catalog.Tx) error { return tx.RenamePrincipal(w.alice, "alice") },
		"revoking, then again": func(tx *catalog.Tx) error {
			if err := tx.Revoke(w.main, w.team, catalog.UseCatalog); err != nil {
				return err
			}
			return tx.Grant(w.main, w.team, catalog.UseCatalog)
		},
	} {
		if v := w.update(t, change); v != at {
			t.Errorf("%s makes version %d of %d", what, v, at)
		}
	}
}

func checkWholeVersions(t *testing.T, open opener) {
	w := open.town(t)
	a := catalog.Grant{On: w.main, To: w.alice, Privilege: catalog.UseCatalog}
	b := catalog.Grant{On: w.service, To: w.alice, Privilege: catalog.Execute}
	w.update(t, func(tx *catalog.Tx) error { return tx.Grant(a.On, a.To, a.Privilege) })
	done := make(chan bool)
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				if s := w.Snapshot(); s.Granted(a) == s.Granted(b) {
					t.Errorf("at version %d a reader sees neither or both of a pair", s.Version())
					return
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	for i := range 50 {
		from, to := a, b
		if i%2 == 1 {
			from, to = b, a
		}
		w.update(t, func(tx *catalog.Tx) error {
			if err := tx.Revoke(from.On, from.To, from.Privilege); err != nil {
				return err
			}
			return tx.Grant(to.On, to.To, to.Privilege)
		})
	}
	close(done)
	wg.Wait()
}
