package authztest

import (
	"errors"
	"slices"

	"github.com/modelward/modelward/catalog"
)

// act is one update of a story: a transaction, and the rows as they are so far.
type act struct {
	*story
	tx  *catalog.Tx
	w   World
	end error // what the update's function returns

	given   []uint64              // ids of what was made
	touched []catalog.PrincipalID // whom the last changes were about
}

// spend takes down an id that was given out. None is given out twice, unless
// the update that gave it was undone.
func (a *act) spend(id uint64) {
	a.t.Helper()
	if a.spent[id] || slices.Contains(a.given, id) {
		a.t.Fatalf("the id %d is used again", id)
	}
	a.given = append(a.given, id)
}

// step makes one change, of those that an index could get wrong.
func (a *act) step() {
	pick(a.rng, []func(){
		a.grantSome, a.grantSome, a.grantSome, a.revokeOne, a.revokeAll, a.regrant,
		a.joinSome, a.joinSome, a.leaveOne, a.leaveAndReturn,
		a.makeSome, a.dropSome, a.remake, a.rename, a.swap, a.takeName, a.give, a.crowd,
		a.moveSome, a.moveSome, a.moveAndReturn, a.tradePlaces, a.moveOut,
		a.hire, a.fire, a.rehire, a.swapPeople, a.refused,
	})()
	a.was.remember(a.w)
}

// look compares what the transaction shows by now and what somebody may do:
// mostly whoever the last changes were about, so that what is remembered from
// before them shows.
func (a *act) look() {
	a.t.Helper()
	who := pick(a.rng, a.w.Callers())
	if len(a.touched) > 0 && a.rng.IntN(4) > 0 {
		who = a.touched[len(a.touched)-1-a.rng.IntN(min(3, len(a.touched)))]
	}
	a.note("look at %d", who)
	truth := a.exam(a.now.of(a.w))
	a.examine(&a.tx.Snapshot, truth, 0, &a.tally.Inside)
	a.tally.Inside.add(truth.sit(a.t, a.a, &a.tx.Snapshot, who))
}

func (a *act) touch(who ...catalog.PrincipalID) { a.touched = append(a.touched, who...) }

// expect fails unless an error is the one wanted, or none.
func (a *act) expect(err, want error) {
	a.t.Helper()
	if !errors.Is(err, want) {
		a.t.Fatalf("%s: %v, want %v", a.log[len(a.log)-1], err, want)
	}
}

// settle makes the world that the story begins with.
func (a *act) settle() {
	for range a.shape.people {
		a.hireAs(pick(a.rng, []catalog.PrincipalType{catalog.User, catalog.User, catalog.ServicePrincipal}))
	}
	var groups []catalog.PrincipalID
	for range a.shape.groups {
		groups = append(groups, a.hireAs(catalog.Group))
	}
	// Groups in groups, five deep and more.
	for i := range groups {
		if i%6 > 0 {
			a.join(Membership{Group: groups[i-1], Member: groups[i]})
		}
	}
	for range a.shape.people + a.shape.groups {
		a.joinSome()
	}
	for range a.shape.catalogs {
		c := a.create(catalog.TypeCatalog, catalog.MetastoreID, a.freshName())
		for range a.shape.schemas {
			s := a.create(catalog.TypeSchema, c, a.freshName())
			for range a.shape.leaves {
				a.create(pick(a.rng, leafKinds), s, a.freshName())
			}
		}
	}
	for range a.shape.grants {
		a.grantSome()
	}
	a.was.remember(a.w)
}

var leafKinds = []catalog.SecurableType{TypeService, TypeService, catalog.TypeModel, catalog.TypeTable}

// grantSome grants something to somebody, and often the usage privileges above.
func (a *act) grantSome() {
	on, to := pick(a.rng, a.w.Objects), a.actor()
	a.grant(on.ID, to, a.privilege(on))
	for on.Parent != 0 && a.rng.IntN(4) > 0 {
		on, _ = a.w.object(on.Parent)
		if gate := a.w.kind(on.Type).Gate; gate != "" {
			a.grant(on.ID, to, gate)
		}
	}
}

// privilege draws what can be granted on an object; those that reach far come
// up often.
func (a *act) privilege(on catalog.Node) catalog.Privilege {
	far := pick(a.rng, []catalog.Privilege{catalog.UseCatalog, catalog.UseSchema, catalog.AllPrivileges, catalog.Manage, catalog.Execute})
	if a.rng.IntN(2) == 0 && a.now.grantable(far, on.Type) {
		return far
	}
	return pick(a.rng, slices.DeleteFunc(a.w.privileges(), func(p catalog.Privilege) bool { return !a.now.grantable(p, on.Type) }))
}

func (a *act) grant(on catalog.ID, to catalog.PrincipalID, p catalog.Privilege) {
	a.note("grant %s on %d to %d", p, on, to)
	a.expect(a.tx.Grant(on, to, p), nil)
	a.touch(to)
	a.w = a.w.granted(catalog.Grant{On: on, To: to, Privilege: p})
}

func (a *act) revoke(on catalog.ID, from catalog.PrincipalID, p catalog.Privilege) {
	a.note("revoke %s on %d from %d", p, on, from)
	a.expect(a.tx.Revoke(on, from, p), nil)
	a.touch(from)
	a.w = a.w.revoked(on, from, p)
}

// revokeOne revokes what is granted, or, now and then, what is not.
func (a *act) revokeOne() {
	if on := pick(a.rng, a.w.Objects); len(a.w.Grants) == 0 || a.rng.IntN(8) == 0 {
		a.revoke(on.ID, a.actor(), a.privilege(on))
		return
	}
	g := pick(a.rng, a.w.Grants)
	a.revoke(g.On, g.To, g.Privilege)
}

// revokeAll takes ALL PRIVILEGES from somebody who may have it, and single
// privileges besides.
func (a *act) revokeAll() {
	on, from := pick(a.rng, a.w.Objects), a.actor()
	if len(a.w.Grants) > 0 && a.rng.IntN(4) > 0 {
		g := pick(a.rng, a.w.Grants)
		on, _ = a.w.object(g.On)
		from = g.To
	}
	if on.Type == catalog.TypeMetastore {
		return // there ALL PRIVILEGES cannot be granted
	}
	if a.rng.IntN(2) == 0 {
		a.grant(on.ID, from, catalog.AllPrivileges)
		a.grant(on.ID, from, a.privilege(on))
	}
	a.revoke(on.ID, from, catalog.AllPrivileges)
}

// regrant takes a grant away and gives it back, with a look in between.
func (a *act) regrant() {
	if len(a.w.Grants) == 0 {
		return
	}
	g := pick(a.rng, a.w.Grants)
	a.revoke(g.On, g.To, g.Privilege)
	if a.rng.IntN(2) == 0 {
		a.look()
	}
	a.grant(g.On, g.To, g.Privilege)
}

// refused tries what is refused: each must leave the rows as they are, also
// what was good about it.
func (a *act) refused() {
	on, to := pick(a.rng, a.w.Objects), a.actor()
	good := a.privilege(on)
	a.note("refused")
	a.expect(a.tx.Grant(on.ID, absent, good), catalog.ErrNotFound)
	a.expect(a.tx.Grant(absent, to, good), catalog.ErrNotFound)
	a.expect(a.tx.Grant(on.ID, catalog.SystemUser, good), catalog.ErrBuiltIn)
	var invalid *catalog.InvalidError
	if err := a.tx.Grant(on.ID, to, good, "NO_SUCH_PRIVILEGE"); !errors.As(err, &invalid) {
		a.t.Fatalf("granting the unknown: %v", err)
	}
	if err := a.tx.Revoke(on.ID, to, good, "NO_SUCH_PRIVILEGE"); !errors.As(err, &invalid) {
		a.t.Fatalf("revoking the unknown: %v", err)
	}
	nobody := catalog.PrincipalID(absent)
	fresh := "fresh"
	want := catalog.ErrNotFound
	if on.ID == catalog.MetastoreID {
		want = catalog.ErrBuiltIn
	}
	a.expect(a.tx.Change(on.ID, catalog.Edit{Name: &fresh, Owner: &nobody}), want)
	nowhere, self := catalog.ID(absent), on.ID
	a.expect(a.tx.Change(on.ID, catalog.Edit{Parent: &nowhere}), want)
	if err := a.tx.Change(on.ID, catalog.Edit{Parent: &self}); err == nil {
		a.t.Fatalf("%d was moved into itself", on.ID)
	}
	a.expect(a.tx.DropPrincipal(catalog.AccountUsers), catalog.ErrBuiltIn)
	if p := a.mortal(); p != 0 {
		a.expect(a.tx.AddMember(catalog.MetastoreAdmins, absent), catalog.ErrNotFound)
		a.expect(a.tx.AddMember(catalog.AccountUsers, p), catalog.ErrBuiltIn)
	}
	_, err := a.tx.Drop(catalog.MetastoreID, true)
	a.expect(err, catalog.ErrBuiltIn)
	if len(a.w.inside(on.ID)) > 1 && on.ID != catalog.MetastoreID {
		_, err := a.tx.Drop(on.ID, false)
		a.expect(err, catalog.ErrNotEmpty)
	}
}
