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
	n, ok := in.family(r.Type)
	if !ok {
		in.inside = slices.Insert(in.inside, n, siblings{kind: r.Type})
	}
	in.inside[n].all = in.inside[n].all.with(x.edit, child{r.Name, r.ID}, byName)
}

func (x *index) removeChild(r *securableRow) {
	in := x.change(r.Parent)
	if n, ok := in.family(r.Type); ok {
		if in.inside[n].all = in.inside[n].all.without(x.edit, child{r.Name, r.ID}, byName); in.inside[n].all == nil {
			in.inside = slices.Delete(in.inside, n, n+1)
		}
	}
	x.tidy(r.Parent)
}

// family returns where the children of one kind are or would be.
func (o *object) family(t SecurableType) (int, bool) {
	return slices.BinarySearchFunc(o.inside, t, func(s siblings, t SecurableType) int { return cmp.Compare(s.kind, t) })
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
