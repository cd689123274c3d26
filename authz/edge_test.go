package authz_test

import (
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/authz/authztest"
	"github.com/modelward/modelward/catalog"
)

// What cannot be found out is denied, and nothing panics, whatever is asked
// (invariant I32).
func TestStrangeQuestions(t *testing.T) {
	p := newPlace(t)
	s := p.catalog.Snapshot()
	callers := []catalog.PrincipalID{0, catalog.SystemUser, 1 << 40, 1<<64 - 1, p.bob}
	objects := []catalog.ID{0, 1 << 40, 1<<64 - 1, catalog.ID(p.bob), p.chat}
	privileges := []catalog.Privilege{"", " ", "execute", "EXECUTE ", "NO_SUCH", "USE CATALOG", catalog.Execute}
	types := []catalog.SecurableType{"", "no_such", catalog.TypeMetastore, catalog.TypeCatalog, authztest.TypeService}

	for _, a := range []*authz.Authorizer{authz.New(nil), authz.New(&authz.Options{})} {
		for _, caller := range callers {
			for _, on := range objects {
				known := caller == p.bob && on == p.chat
				for _, privilege := range privileges {
					d := a.Check(s, caller, privilege, on)
					want := known && privilege == catalog.Execute
					if d.Allowed != want || d.Visible != known || !want && len(d.Because())+len(d.Missing()) > 0 {
						t.Errorf("%d %q on %d: %+v because %v missing %v", caller, privilege, on, d, d.Because(), d.Missing())
					}
				}
				for _, kind := range types {
					if d := a.Create(s, caller, kind, on); d.Allowed || len(d.Because())+len(d.Missing()) > 0 {
						t.Errorf("%d creates %q in %d: %+v", caller, kind, on, d)
					}
				}
				if d := a.See(s, caller, on); d.Allowed != known || d.Visible != known {
					t.Errorf("%d sees %d: %+v", caller, on, d)
				}
				if d := a.Manage(s, caller, on); d.Allowed || d.Visible != known {
					t.Errorf("%d manages %d: %+v", caller, on, d)
				}
			}
		}
	}
}

// The zero decision is a refusal that rests on nothing.
func TestZeroDecision(t *testing.T) {
	defer func() {
		if r := recover(); r != nil {
			t.Errorf("panic: %v", r)
		}
	}()
	var d authz.Decision
	if d.Allowed || d.Visible || len(d.Because()) != 0 || len(d.Missing()) != 0 {
		t.Errorf("%+v because %v missing %v", d, d.Because(), d.Missing())
	}
}
