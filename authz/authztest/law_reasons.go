package authztest

import (
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// reasonsSuffice builds, for each allowed decision, the world that has nothing
// but what the decision says it rests on.
func reasonsSuffice(t *rapid.T, a *authz.Authorizer) {
	s := DrawCatalog(t).Snapshot()
	w := WorldOf(s)
	o := NewOracle(w)
	caller := drawCaller(t, w)
	for q := range w.Questions(caller) {
		d := q.Ask(a, s)
		if reasons := d.Because(); d.Allowed {
			o.checkReasons(t, q, reasons)
		} else if len(reasons) > 0 {
			t.Fatalf("%s is refused, because %q, in the world\n%s", w.Format(q), w.formatReasons(reasons), w)
		}
	}
}

// checkReasons fails unless the reasons are facts, and enough to allow.
func (o *Oracle) checkReasons(t rapid.TB, q Question, reasons []authz.Reason) {
	t.Helper()
	owners := map[catalog.ID]catalog.PrincipalID{}
	var grants []catalog.Grant
	for _, r := range reasons {
		if !o.isTrue(q.Caller, r) {
			t.Fatalf("%s: %+v is not true in the world\n%s", o.world.Format(q), r, o.world)
		}
		if r.Owner {
			owners[r.On] = r.Through
		} else {
			grants = append(grants, catalog.Grant{On: r.On, To: r.Through, Privilege: r.Granted})
		}
	}
	if !o.of(o.world.Only(grants, owners)).Answer(q).Allowed {
		t.Fatalf("%s: %q does not suffice in the world\n%s", o.world.Format(q), o.world.formatReasons(reasons), o.world)
	}
}

// isTrue reports whether a reason is a fact about the caller: an ownership, or
// a grant that gives what was needed, by name or as ALL PRIVILEGES.
func (o *Oracle) isTrue(caller catalog.PrincipalID, r authz.Reason) bool {
	on, found := o.objects[r.On]
	if !found || !slices.Contains(o.identities(caller), r.Through) {
		return false
	}
	if r.Owner {
		return on.Owner == r.Through && r.Granted == ""
	}
	gives := r.Granted == r.Privilege || r.Granted == catalog.AllPrivileges && r.Privilege.InAll()
	return gives && slices.Contains(o.grants[r.Through], catalog.Grant{On: r.On, To: r.Through, Privilege: r.Granted})
}
