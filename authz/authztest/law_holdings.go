package authztest

import (
	"fmt"
	"slices"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// compareHoldings compares what a principal holds on an object with the
// definition: of every privilege that takes effect there it is held if and
// only if some reason is given for it, and every reason is a fact about this
// principal on the object's own levels, given once.
func (o *Oracle) compareHoldings(t rapid.TB, a *authz.Authorizer, s *catalog.Snapshot, p catalog.PrincipalID, on catalog.ID) {
	t.Helper()
	reasons := a.EffectivePrivileges(s, p, on)
	c := o.asker(p)
	n, found := o.objects[on]
	wrong := func(what string) {
		t.Helper()
		t.Fatalf("%s on %s: %s: %+v, in the world\n%s", o.world.principalName(p), o.world.objectName(on), what, reasons, o.world)
	}
	if !found || len(c.ids) == 0 {
		if len(reasons) > 0 {
			wrong("somebody or something unknown holds")
		}
		return
	}
	given := map[authz.Reason]bool{}
	held := map[catalog.Privilege]bool{}
	for _, r := range reasons {
		level, there := o.objects[r.On]
		near := r.On == on || !r.Owner && level.Type != catalog.TypeMetastore
		if !there || !near || !slices.ContainsFunc(o.upFrom(n), func(l catalog.Node) bool { return l.ID == r.On }) {
			wrong("a reason from elsewhere")
		}
		if !o.isTrue(p, r) || given[r] || !c.holds(r.Privilege, n) {
			wrong("a reason that is no fact, or given twice")
		}
		given[r], held[r.Privilege] = true, true
	}
	for _, priv := range o.world.privileges() {
		if !o.applies(priv, n.Type) {
			continue
		}
		want := c.sources(priv, n)
		if some(want, func(r authz.Reason) bool { return !given[r] }) {
			wrong("not every reason for " + string(priv))
		}
		// An owner has all there is; whether that goes by the name of ALL
		// PRIVILEGES says nothing.
		if held[priv] != (len(want) > 0) && !(priv == catalog.AllPrivileges && c.owns(n)) {
			wrong("one reason too many for " + string(priv))
		}
	}
}

// sources are all the facts by which a privilege is held on an object.
func (c *asker) sources(priv catalog.Privilege, on catalog.Node) []authz.Reason {
	var all []authz.Reason
	if c.owns(on) && priv != catalog.ExternalUseSchema && priv != catalog.AllPrivileges {
		all = append(all, authz.Reason{Privilege: priv, On: on.ID, Through: on.Owner, Owner: true})
	}
	for _, level := range c.upFrom(on) {
		if level.Type == catalog.TypeMetastore && on.ID != level.ID {
			continue
		}
		for _, id := range c.ids {
			for _, g := range c.grants[id] {
				if g.On == level.ID && (g.Privilege == priv || g.Privilege == catalog.AllPrivileges && priv.InAll()) {
					all = append(all, authz.Reason{Privilege: priv, On: level.ID, Granted: g.Privilege, Through: id})
				}
			}
		}
	}
	return all
}

// holdingsAreFacts compares what everybody holds on everything.
func holdingsAreFacts(t *rapid.T, a *authz.Authorizer) {
	s := DrawCatalog(t).Snapshot()
	o := NewOracle(WorldOf(s))
	for _, p := range o.world.Callers() {
		for _, n := range o.world.Objects {
			o.compareHoldings(t, a, s, p, n.ID)
		}
		o.compareHoldings(t, a, s, p, absent)
	}
}

// whoCanIsFilter compares who may with everybody checked one by one.
func whoCanIsFilter(t *rapid.T, a *authz.Authorizer) {
	s := DrawCatalog(t).Snapshot()
	o := NewOracle(WorldOf(s))
	for _, n := range append(o.world.Objects, catalog.Node{ID: absent}) {
		for _, priv := range append(o.world.privileges(), "NO_SUCH_PRIVILEGE") {
			o.compareWho(t, fmt.Sprint("can ", priv), a.WhoCan(s, priv, n.ID), Question{Verb: Check, Privilege: priv, On: n.ID})
		}
		o.compareWho(t, "manage", a.WhoManages(s, n.ID), Question{Verb: Manage, On: n.ID})
		for _, t2 := range s.Kinds().Types() {
			o.compareWho(t, fmt.Sprint("create a ", t2), a.WhoCreates(s, t2, n.ID), Question{Verb: Create, Type: t2, On: n.ID})
		}
	}
}

// compareWho compares who may with those of whom the oracle says so, one by one.
func (o *Oracle) compareWho(t rapid.TB, may string, got []catalog.PrincipalID, q Question) {
	t.Helper()
	var want []catalog.PrincipalID
	for p := range o.principals {
		q.Caller = p
		if o.Answer(q).Allowed {
			want = append(want, p)
		}
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Fatalf("%s on %s: %d may, want %d, in the world\n%s", may, o.world.objectName(q.On), got, want, o.world)
	}
}
