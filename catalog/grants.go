package catalog

import (
	"cmp"
	"iter"
	"slices"
)

// holding is all that one principal is granted on one object.
type holding struct {
	to    PrincipalID
	gives PrivilegeSet
}

// order is the one in which grants are kept and listed.
func (g Grant) order(other Grant) int {
	return cmp.Or(cmp.Compare(g.On, other.On), cmp.Compare(g.To, other.To), cmp.Compare(g.Privilege, other.Privilege))
}

// holding returns where what a principal is granted here is or would be.
func (o *object) holding(to PrincipalID) (int, bool) {
	return slices.BinarySearchFunc(o.grants, to, func(h holding, to PrincipalID) int { return cmp.Compare(h.to, to) })
}

// granted reports whether exactly this grant exists.
func (x *index) granted(g Grant) bool {
	o := x.objects.get(uint64(g.On))
	if o == nil {
		return false
	}
	gives := x.kinds.granted(g.Privilege)
	n, ok := o.holding(g.To)
	if !ok || !o.grants[n].gives.Meets(gives) {
		return false
	}
	return gives != unknownPrivilege || slices.Contains(o.more.strange, g)
}

// grant takes in a grant that does not exist.
func (x *index) grant(g Grant) {
	o := x.change(g.On)
	n, ok := o.holding(g.To)
	if !ok {
		o.grants = slices.Insert(o.grants, n, holding{to: g.To})
		if o.row != nil {
			x.hold(g.To, o.row)
		}
	}
	gives := x.kinds.granted(g.Privilege)
	o.grants[n].gives = o.grants[n].gives.Union(gives)
	if gives == unknownPrivilege {
		if o.more == nil {
			o.more = new(more)
		}
		at, _ := slices.BinarySearchFunc(o.more.strange, g, Grant.order)
		o.more.strange = slices.Insert(o.more.strange, at, g)
	}
}

// revoke takes out a grant that exists.
func (x *index) revoke(g Grant) {
	o := x.change(g.On)
	n, _ := o.holding(g.To)
	gives := x.kinds.granted(g.Privilege)
	if gives == unknownPrivilege {
		o.more.strange = slices.DeleteFunc(o.more.strange, func(s Grant) bool { return s == g })
		if slices.ContainsFunc(o.more.strange, func(s Grant) bool { return s.To == g.To }) {
			return
		}
	}
	h := &o.grants[n]
	if h.gives = h.gives.Without(gives); !h.gives.Empty() {
		return
	}
	o.grants = slices.Delete(o.grants, n, n+1)
	if o.row != nil && o.owner != g.To {
		x.release(g.To, o.row)
	}
}

// grantsOn yields the grants on an object, in order: those to one principal, or
// with 0 those to all.
func (x *index) grantsOn(id ID, to PrincipalID) iter.Seq[Grant] {
	return func(yield func(Grant) bool) {
		o := x.objects.get(uint64(id))
		if o == nil {
			return
		}
		grants := o.grants
		if to != 0 {
			n, ok := o.holding(to)
			if !ok {
				return
			}
			grants = grants[n : n+1]
		}
		if x.edit != nil {
			grants = slices.Clone(grants) // the transaction may change it meanwhile
		}
		for _, h := range grants {
			names := x.kinds.Privileges(h.gives)
			if h.gives.Meets(unknownPrivilege) {
				for _, g := range o.more.strange {
					if g.To == h.to {
						names = append(names, g.Privilege)
					}
				}
				slices.Sort(names)
			}
			for _, p := range names {
				if !yield(Grant{id, h.to, p}) {
					return
				}
			}
		}
	}
}
