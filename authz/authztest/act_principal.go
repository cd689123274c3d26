package authztest

import (
	"fmt"
	"slices"

	"github.com/modelward/modelward/catalog"
)

// ofType returns the principals of some types.
func (a *act) ofType(types ...catalog.PrincipalType) []catalog.PrincipalID {
	var ids []catalog.PrincipalID
	for _, p := range a.w.Principals {
		if slices.Contains(types, p.Type) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// actor draws somebody who can be granted something, groups more than others.
func (a *act) actor() catalog.PrincipalID {
	if a.rng.IntN(2) == 0 {
		return pick(a.rng, a.ofType(catalog.Group))
	}
	return pick(a.rng, a.ofType(catalog.User, catalog.ServicePrincipal, catalog.Group))
}

// owner draws somebody who can own something: mostly one who owns little else.
func (a *act) owner() catalog.PrincipalID {
	if a.rng.IntN(2) == 0 {
		return catalog.SystemUser
	}
	if owner := a.actor(); owner != catalog.AccountUsers {
		return owner
	}
	return catalog.MetastoreAdmins
}

// mortal draws somebody who can be deleted; 0 when there is nobody.
func (a *act) mortal() catalog.PrincipalID {
	all := slices.DeleteFunc(a.ofType(catalog.User, catalog.ServicePrincipal, catalog.Group), func(p catalog.PrincipalID) bool {
		return p <= catalog.MetastoreAdmins
	})
	if len(all) == 0 {
		return 0
	}
	return pick(a.rng, all)
}

func (a *act) hire() {
	if len(a.w.Principals) < 2*(a.shape.people+a.shape.groups) {
		a.hireAs(pick(a.rng, []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group}))
	}
}

func (a *act) hireAs(t catalog.PrincipalType) catalog.PrincipalID {
	return a.hireNamed(t, fmt.Sprintf("p%d", len(a.was.principals)+len(a.log)))
}

func (a *act) hireNamed(t catalog.PrincipalType, name string) catalog.PrincipalID {
	a.t.Helper()
	a.note("hire %s %s", t, name)
	id, err := a.tx.CreatePrincipal(t, name)
	a.expect(err, nil)
	a.touch(id)
	a.spend(uint64(id))
	a.w = a.w.withPrincipal(catalog.Principal{ID: id, Type: t, Name: name})
	return id
}

func (a *act) fire() {
	if len(a.w.Principals) > a.shape.people {
		if p := a.mortal(); p != 0 {
			a.dismiss(p)
		}
	}
}

func (a *act) dismiss(p catalog.PrincipalID) {
	a.t.Helper()
	a.note("delete %d", p)
	for _, m := range a.w.Members {
		if m.Group == p {
			a.touch(m.Member)
		}
	}
	a.touch(p)
	a.expect(a.tx.DropPrincipal(p), nil)
	a.w = a.w.withoutPrincipal(p)
}

// rehire deletes somebody and makes another of the same name, who is in some of
// the same groups, and has some of the same members.
func (a *act) rehire() {
	p := a.mortal()
	if p == 0 {
		return
	}
	was := a.w
	old, _ := was.principal(p)
	a.dismiss(p)
	if a.rng.IntN(2) == 0 {
		a.look()
	}
	heir := a.hireNamed(old.Type, old.Name)
	for _, m := range was.Members {
		switch {
		case a.rng.IntN(2) == 0:
		case m.Member == p:
			a.join(Membership{Group: m.Group, Member: heir})
		case m.Group == p:
			a.join(Membership{Group: heir, Member: m.Member})
		}
	}
}

// swapPeople lets two principals change names. Names carry nothing.
func (a *act) swapPeople() {
	one, other := a.mortal(), a.mortal()
	if one == 0 || one == other {
		return
	}
	p, _ := a.w.principal(one)
	q, _ := a.w.principal(other)
	a.callPrincipal(one, "in between")
	a.callPrincipal(other, p.Name)
	a.callPrincipal(one, q.Name)
}

func (a *act) callPrincipal(id catalog.PrincipalID, name string) {
	a.t.Helper()
	a.note("call %d %s", id, name)
	a.expect(a.tx.RenamePrincipal(id, name), nil)
	a.w = a.w.renamedPrincipal(id, name)
}

// joinSome puts somebody into a group, often a group.
func (a *act) joinSome() {
	groups := slices.DeleteFunc(a.ofType(catalog.Group), func(p catalog.PrincipalID) bool { return p == catalog.AccountUsers })
	member := a.actor()
	if member == catalog.AccountUsers {
		return
	}
	a.join(Membership{Group: pick(a.rng, groups), Member: member})
}

// join makes a membership, unless it would make a circle: that must be refused.
func (a *act) join(m Membership) {
	a.t.Helper()
	a.note("%d joins %d", m.Member, m.Group)
	a.touch(m.Member)
	err := a.tx.AddMember(m.Group, m.Member)
	if a.w.circles(m) {
		a.expect(err, catalog.ErrCycle)
		return
	}
	a.expect(err, nil)
	a.w = a.w.joined(m)
}

func (a *act) leave(m Membership) {
	a.t.Helper()
	a.note("%d leaves %d", m.Member, m.Group)
	a.touch(m.Member)
	a.expect(a.tx.RemoveMember(m.Group, m.Member), nil)
	a.w = a.w.left(m)
}

func (a *act) leaveOne() {
	if len(a.w.Members) > 0 {
		a.leave(pick(a.rng, a.w.Members))
	}
}

// leaveAndReturn looks while somebody is out.
func (a *act) leaveAndReturn() {
	if len(a.w.Members) == 0 {
		return
	}
	m := pick(a.rng, a.w.Members)
	a.leave(m)
	if a.rng.IntN(2) == 0 {
		a.look()
	}
	if a.rng.IntN(4) > 0 {
		a.join(m)
	}
}
