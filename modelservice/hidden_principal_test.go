package modelservice_test

import (
	"slices"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// Whether there is a principal that the caller may not see shows in no answer
// and changes nothing (I33).
func TestHiddenPrincipalIsMissing(t *testing.T) {
	with, without := newWorld(t, nil), newWorld(t, nil)
	for _, w := range []*world{with, without} {
		w.service(to("one"))
	}
	with.host(func(tx *catalog.Tx) error {
		for name, as := range map[string]catalog.PrincipalType{"hidden user": catalog.User, "hidden group": catalog.Group, "hidden app": catalog.ServicePrincipal} {
			id, err := tx.CreatePrincipal(as, name)
			if err != nil {
				return err
			}
			if err := tx.Grant(with.id(modelservice.TypeModelService, chat), id, catalog.Execute); err != nil {
				return err
			}
		}
		return nil
	})
	with.must(with.members("admin", "hidden group", []string{"alice", "hidden user"}, nil))
	type question struct {
		name string
		ask  func(w *world, who catalog.PrincipalID, of string) error
	}
	before := with.dump()
	for _, q := range []question{
		{"principal", func(w *world, who catalog.PrincipalID, of string) error {
			_, err := w.ms.Principal(who, of)
			return err
		}},
		{"members", func(w *world, who catalog.PrincipalID, of string) error {
			_, err := w.ms.Members(who, of)
			return err
		}},
		{"member of", func(w *world, who catalog.PrincipalID, of string) error {
			_, err := w.ms.MemberOf(who, of)
			return err
		}},
		{"grants", func(w *world, who catalog.PrincipalID, of string) error {
			got, err := w.ms.Grants(who, modelservice.TypeModelService, w.name(chat), of)
			if len(got) != 0 {
				w.Errorf("%v of %s are told", got, of)
			}
			return err
		}},
		{"effective grants", func(w *world, who catalog.PrincipalID, of string) error {
			got, err := w.ms.EffectiveGrants(who, modelservice.TypeModelService, w.name(chat), of)
			if len(got) != 0 {
				w.Errorf("%v of %s are told", got, of)
			}
			return err
		}},
		{"explain", func(w *world, who catalog.PrincipalID, of string) error {
			_, err := w.ms.Explain(who, catalog.Execute, modelservice.TypeModelService, w.name(chat), of)
			return err
		}},
		{"create", func(w *world, who catalog.PrincipalID, of string) error {
			_, err := w.ms.CreatePrincipal(w.ctx(), who, catalog.Group, of)
			return err
		}},
		{"rename", func(w *world, who catalog.PrincipalID, of string) error {
			_, err := w.ms.RenamePrincipal(w.ctx(), who, of, "other")
			return err
		}},
		{"rename to", func(w *world, who catalog.PrincipalID, of string) error {
			_, err := w.ms.RenamePrincipal(w.ctx(), who, "bob", of)
			return err
		}},
		{"drop", func(w *world, who catalog.PrincipalID, of string) error {
			return w.ms.DropPrincipal(w.ctx(), who, "", of, false)
		}},
		{"drop if exists", func(w *world, who catalog.PrincipalID, of string) error {
			return w.ms.DropPrincipal(w.ctx(), who, catalog.Group, of, true)
		}},
		{"add to", func(w *world, who catalog.PrincipalID, of string) error {
			return w.ms.ChangeMembers(w.ctx(), who, of, []string{"bob"}, nil)
		}},
		{"add", func(w *world, who catalog.PrincipalID, of string) error {
			return w.ms.ChangeMembers(w.ctx(), who, "team", []string{of}, nil)
		}},
	} {
		for _, who := range []string{"bob", "mallory", "app"} { // bob sees the service
			for _, of := range []string{"hidden user", "hidden group", "hidden app"} {
				hidden, missing := face(q.ask(with, with.who[who], of)), face(q.ask(without, without.who[who], of))
				if hidden != missing {
					t.Errorf("%s of %s by %s:\nhidden  %s\nmissing %s", q.name, of, who, hidden, missing)
				}
			}
		}
	}
	for _, who := range []string{"bob", "mallory", "app", "team"} {
		hidden, missing := names(slices.Collect(with.ms.Principals(with.who[who], ""))), names(slices.Collect(without.ms.Principals(without.who[who], "")))
		if hidden != missing {
			t.Errorf("%s is shown %q, without the hidden %q", who, hidden, missing)
		}
	}
	with.unchanged(before)
	if got, err := with.ms.Principal(with.who["alice"], "hidden group"); err != nil || got.Type != catalog.Group {
		t.Errorf("alice, who is in it, sees %+v, %v", got, err)
	}
}
