package catalog

import (
	"hash/maphash"
	"slices"
)

// index is what reading takes, ready to be read: objects with the grants on
// them and the names in them, principals with the groups they are in, names by
// hash. It is made from rows alone, row by row, in any order, so what it says
// is a function of the rows. Published it is immutable; a change copies the
// paths it touches and shares all else.
type index struct {
	edit  *edit // nil once published
	kinds *Kinds

	objects    pages[*object]
	containers nameIndex            // of securables that hold others: few, on the way to all
	names      nameIndex            // of all others
	held       pages[*series[spot]] // by principal: what it owns or is granted something on
	identities pages[*identity]
	called     nameIndex
	groups     *groups
}

// object is a securable and what hangs on it. Where row is nil there is no such
// securable, yet or any more.
type object struct {
	by     *edit
	row    *securableRow
	papers *Papers
	parent ID          // as in row, like the next: deciding takes these and has
	owner  PrincipalID // no way to go to the row
	grants []holding   // ordered by principal
	more   *more       // nil for most
}

// more is what few objects have.
type more struct {
	inside  []siblings       // ordered by kind
	many    *series[holding] // instead of grants, where those would be too many
	strange *series[Grant]   // of privileges that no kind has
}

// own returns what more there is of an object that may be changed.
func (o *object) own() *more {
	if o.more == nil {
		o.more = new(more)
	}
	return o.more
}

// newIndex returns an empty index that rows are to be put into. When all are
// there, it must be told that it is loaded.
func newIndex(kinds *Kinds) *index {
	names := nameIndex{seed: maphash.MakeSeed(), loading: true}
	return &index{edit: new(edit), kinds: kinds, groups: new(groups), containers: names, names: names, called: names}
}

func (x *index) loaded() {
	x.containers.fill(x.edit)
	x.names.fill(x.edit)
	x.called.fill(x.edit)
}

// editable returns an index that begins as x is and can be changed.
func (x *index) editable() *index {
	next := *x
	next.edit = new(edit)
	return &next
}

// publish ends all changes.
func (x *index) publish() { x.edit = nil }

// object returns the object of an id, or nil.
func (x *index) object(id ID) *object {
	if o := x.objects.get(uint64(id)); o != nil && o.row != nil {
		return o
	}
	return nil
}

// among returns the index that has the names of a kind.
func (x *index) among(papers *Papers) *nameIndex {
	if papers.Holds {
		return &x.containers
	}
	return &x.names
}

// put takes in a row; old is the one with the same key that it replaces, or nil.
func (x *index) put(row, old any) {
	switch r := row.(type) {
	case *securableRow:
		was, _ := old.(*securableRow)
		if was != nil && (was.Parent != r.Parent || was.papers != r.papers) {
			x.remove(was)
			was = nil
		}
		o := x.change(r.ID)
		before := o.owner
		o.row, o.papers, o.parent, o.owner = r, r.papers, r.Parent, r.Owner
		if was != nil && was.Name != r.Name {
			x.unname(was)
		}
		if was == nil || was.Name != r.Name {
			x.name(r)
		}
		if was == nil {
			for h := range o.holdings() {
				x.hold(h.to, r)
			}
		} else if _, ok := o.holding(before); before != r.Owner && !ok {
			x.release(before, r)
		}
		x.hold(r.Owner, r)
	case *grantRow:
		if old == nil {
			x.grant(r.Grant)
		}
	case *principalRow:
		if old != nil {
			x.remove(old)
		}
		x.addPrincipal(r)
	case *memberRow:
		x.addMember(r)
	}
}

// remove takes a row out.
func (x *index) remove(row any) {
	switch r := row.(type) {
	case *securableRow:
		o := x.change(r.ID)
		o.row, o.papers, o.parent, o.owner = nil, nil, 0, 0
		x.unname(r)
		for h := range o.holdings() {
			x.release(h.to, r)
		}
		x.release(r.Owner, r)
		x.tidy(r.ID)
	case *grantRow:
		x.revoke(r.Grant)
		x.tidy(r.On)
	case *principalRow:
		x.removePrincipal(r)
	case *memberRow:
		x.removeMember(r)
	}
}

// name lets a securable be found and listed by its name.
func (x *index) name(r *securableRow) {
	x.among(r.papers).add(x.edit, entry{r.papers.name(r.Parent, r.Name), r.papers.number, uint64(r.ID)})
	x.addChild(r)
}

// unname is the opposite of name.
func (x *index) unname(r *securableRow) {
	x.among(r.papers).remove(x.edit, r.papers.name(r.Parent, r.Name), uint64(r.ID))
	x.removeChild(r)
}

// change returns the object of an id, to be changed; it is made where there is
// none.
func (x *index) change(id ID) *object {
	at := x.objects.slot(x.edit, uint64(id))
	switch o := *at; {
	case o == nil:
		*at = &object{by: x.edit}
	case o.by != x.edit:
		mine := *o
		mine.by = x.edit
		mine.grants = slices.Clone(o.grants)
		if o.more != nil {
			mine.more = &more{slices.Clone(o.more.inside), o.more.many, o.more.strange}
		}
		*at = &mine
	}
	return *at
}

// tidy forgets an object of which nothing is left.
func (x *index) tidy(id ID) {
	o := x.objects.get(uint64(id))
	if o != nil && o.row == nil && !o.granted() && len(o.families()) == 0 {
		*x.objects.slot(x.edit, uint64(id)) = nil
	}
}
