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

// maxFew is how many holdings an object has side by side, where deciding reads
// them at once. More are in a series, where one changes without the others.
const maxFew = 64

func byPrincipal(a, b holding) int { return cmp.Compare(a.to, b.to) }

// holding returns what a principal is granted here.
func (o *object) holding(to PrincipalID) (h holding, ok bool) {
	if many := o.many(); many != nil {
		return many.get(holding{to: to}, byPrincipal)
	}
	n, ok := slices.BinarySearchFunc(o.grants, holding{to: to}, byPrincipal)
	if ok {
		h = o.grants[n]
	}
	return h, ok
}

// holdings yields what everybody is granted here, ordered by principal.
func (o *object) holdings() iter.Seq[holding] {
	if many := o.many(); many != nil {
		return many.from(holding{}, byPrincipal)
	}
	return slices.Values(o.grants)
}

func (o *object) many() *series[holding] {
	if o.more == nil {
		return nil
	}
	return o.more.many
}

// granted reports whether anything is granted here.
func (o *object) granted() bool { return len(o.grants) > 0 || o.many() != nil }

// set makes h what its principal is granted here; nothing takes it out.
func (o *object) set(by *edit, h holding) {
	if many := o.many(); many != nil {
		many = many.without(by, h, byPrincipal)
		if !h.gives.Empty() {
			many = many.with(by, h, byPrincipal)
		}
		o.more.many = many
		return
	}
	n, ok := slices.BinarySearchFunc(o.grants, h, byPrincipal)
	switch {
	case h.gives.Empty() && ok:
		o.grants = slices.Delete(o.grants, n, n+1)
	case h.gives.Empty():
	case ok:
		o.grants[n] = h
	case len(o.grants) < maxFew:
		o.grants = slices.Insert(o.grants, n, h)
	default:
		var many *series[holding]
		for _, few := range o.grants {
			many = many.with(by, few, byPrincipal)
		}
		o.grants = nil
		o.own().many = many.with(by, h, byPrincipal)
	}
}

// granted reports whether exactly this grant exists.
func (x *index) granted(g Grant) bool {
	o := x.objects.get(uint64(g.On))
	if o == nil {
		return false
	}
	gives := x.kinds.granted(g.Privilege)
	h, ok := o.holding(g.To)
	if !ok || !h.gives.Meets(gives) {
		return false
	}
	return gives != unknownPrivilege || slices.Contains(slices.Collect(o.strange(g.To)), g)
}

// grant takes in a grant that does not exist.
func (x *index) grant(g Grant) {
	o := x.change(g.On)
	h, ok := o.holding(g.To)
	if !ok && o.row != nil {
		x.hold(g.To, o.row)
	}
	gives := x.kinds.granted(g.Privilege)
	o.set(x.edit, holding{g.To, h.gives.Union(gives)})
	if gives == unknownPrivilege {
		own := o.own()
		own.strange = own.strange.with(x.edit, g, Grant.order)
	}
}

// revoke takes out a grant that exists.
func (x *index) revoke(g Grant) {
	o := x.change(g.On)
	h, _ := o.holding(g.To)
	gives := x.kinds.granted(g.Privilege)
	if gives == unknownPrivilege {
		o.more.strange = o.more.strange.without(x.edit, g, Grant.order)
		for range o.strange(g.To) {
			return // another one is left
		}
	}
	h.to, h.gives = g.To, h.gives.Without(gives)
	o.set(x.edit, h)
	if h.gives.Empty() && o.row != nil && o.owner != g.To {
		x.release(g.To, o.row)
	}
}

// strange yields the grants to one principal of privileges that no kind has.
func (o *object) strange(to PrincipalID) iter.Seq[Grant] {
	return func(yield func(Grant) bool) {
		if o.more == nil {
			return
		}
		// All are on one object, and only that is compared here.
		for g := range o.more.strange.from(Grant{To: to}, func(a, b Grant) int { return cmp.Or(cmp.Compare(a.To, b.To), cmp.Compare(a.Privilege, b.Privilege)) }) {
			if g.To != to || !yield(g) {
				return
			}
		}
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
		if to != 0 {
			if h, ok := o.holding(to); ok {
				x.spell(o, id, h, yield)
			}
			return
		}
		all := o.holdings()
		if x.edit != nil {
			all = slices.Values(slices.Collect(all)) // the transaction may change it meanwhile
		}
		for h := range all {
			if !x.spell(o, id, h, yield) {
				return
			}
		}
	}
}

// spell yields the grants that a holding consists of.
func (x *index) spell(o *object, id ID, h holding, yield func(Grant) bool) bool {
	names := x.kinds.Privileges(h.gives)
	if h.gives.Meets(unknownPrivilege) {
		for g := range o.strange(h.to) {
			names = append(names, g.Privilege)
		}
		slices.Sort(names)
	}
	for _, p := range names {
		if !yield(Grant{id, h.to, p}) {
			return false
		}
	}
	return true
}
