package catalog

import (
	"cmp"
	"iter"
	"slices"
	"strings"
)

// siblings are the objects of one kind in one container.
type siblings struct {
	kind SecurableType
	all  *series[child]
}

// child names an object and says which it is. What else there is to know about
// it changes without its container.
type child struct {
	name string
	id   ID
}

func byName(a, b child) int { return strings.Compare(a.name, b.name) }

// spot is an object in its container.
type spot struct {
	in, id ID
}

func byContainer(a, b spot) int {
	return cmp.Or(cmp.Compare(a.in, b.in), cmp.Compare(a.id, b.id))
}

func (x *index) addChild(r *securableRow) {
	in := x.change(r.Parent)
	own := in.own()
	n, ok := in.family(r.Type)
	if !ok {
		own.inside = slices.Insert(own.inside, n, siblings{kind: r.Type})
	}
	own.inside[n].all = own.inside[n].all.with(x.edit, child{r.Name, r.ID}, byName)
}

func (x *index) removeChild(r *securableRow) {
	in := x.change(r.Parent)
	if n, ok := in.family(r.Type); ok {
		of := &in.more.inside[n]
		if of.all = of.all.without(x.edit, child{r.Name, r.ID}, byName); of.all == nil {
			in.more.inside = slices.Delete(in.more.inside, n, n+1)
		}
	}
	x.tidy(r.Parent)
}

// families returns the children of all kinds, ordered by kind.
func (o *object) families() []siblings {
	if o.more == nil {
		return nil
	}
	return o.more.inside
}

// family returns where the children of one kind are or would be.
func (o *object) family(t SecurableType) (int, bool) {
	return slices.BinarySearchFunc(o.families(), t, func(s siblings, t SecurableType) int { return cmp.Compare(s.kind, t) })
}

// hold notes that a principal owns an object or is granted something on it.
func (x *index) hold(p PrincipalID, r *securableRow) {
	at := x.held.slot(x.edit, uint64(p))
	*at = (*at).with(x.edit, spot{r.Parent, r.ID}, byContainer)
}

// release is the opposite of hold.
func (x *index) release(p PrincipalID, r *securableRow) {
	at := x.held.slot(x.edit, uint64(p))
	*at = (*at).without(x.edit, spot{r.Parent, r.ID}, byContainer)
}

// heldIn yields the objects in a container that a principal owns or is granted
// something on.
func (x *index) heldIn(p PrincipalID, in ID) iter.Seq[ID] {
	return func(yield func(ID) bool) {
		for s := range x.held.get(uint64(p)).from(spot{in: in}, byContainer) {
			if s.in != in || !yield(s.id) {
				return
			}
		}
	}
}
