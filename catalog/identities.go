package catalog

import (
	"slices"
	"sync/atomic"
)

// identity is a principal and the groups it was added to. Where row is nil
// there is no such principal, yet or any more.
type identity struct {
	by     *edit
	row    *principalRow
	groups []PrincipalID // ordered
	known  atomic.Pointer[Memberships]
}

// groups stands for one state of who is a group and which groups are in which.
// Each state has one of its own, never used for another, so memberships that
// were worked out under it hold wherever it is found again.
type groups struct{ _ byte }

// identity returns the identity of an id, or nil.
func (x *index) identity(id PrincipalID) *identity {
	if i := x.identities.get(uint64(id)); i != nil && i.row != nil {
		return i
	}
	return nil
}

// changeIdentity returns the identity of an id, to be changed: what was known
// about its memberships is not known any more.
func (x *index) changeIdentity(id PrincipalID) *identity {
	at := x.identities.slot(x.edit, uint64(id))
	switch i := *at; {
	case i == nil:
		*at = &identity{by: x.edit}
	case i.by != x.edit:
		*at = &identity{by: x.edit, row: i.row, groups: slices.Clone(i.groups)}
	default:
		i.known.Store(nil)
	}
	return *at
}

// regroup says that the graph of groups is another one from now on.
func (x *index) regroup() { x.groups = new(groups) }

func (x *index) addPrincipal(r *principalRow) {
	x.changeIdentity(r.ID).row = r
	x.called.add(x.edit, entry{name: nameKey{name: r.folded}, id: uint64(r.ID)})
	if r.Type == Group {
		x.regroup()
	}
}

func (x *index) removePrincipal(r *principalRow) {
	x.changeIdentity(r.ID).row = nil
	x.called.remove(x.edit, nameKey{name: r.folded}, uint64(r.ID))
	if r.Type == Group {
		x.regroup()
	}
	x.tidyIdentity(r.ID)
}

func (x *index) addMember(r *memberRow) {
	i := x.changeIdentity(r.member)
	if n, ok := slices.BinarySearch(i.groups, r.group); !ok {
		i.groups = slices.Insert(i.groups, n, r.group)
	}
	x.moved(i)
}

func (x *index) removeMember(r *memberRow) {
	i := x.changeIdentity(r.member)
	if n, ok := slices.BinarySearch(i.groups, r.group); ok {
		i.groups = slices.Delete(i.groups, n, n+1)
	}
	x.moved(i)
	x.tidyIdentity(r.member)
}

// moved is called when an identity's groups have changed. Nobody is a member of
// a user, so that concerns the user alone.
func (x *index) moved(i *identity) {
	if i.row == nil || i.row.Type == Group {
		x.regroup()
	}
}

// tidyIdentity forgets an identity of which nothing is left.
func (x *index) tidyIdentity(id PrincipalID) {
	if i := x.identities.get(uint64(id)); i != nil && i.row == nil && len(i.groups) == 0 {
		*x.identities.slot(x.edit, uint64(id)) = nil
	}
}
