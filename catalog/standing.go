package catalog

// Standing is what a principal holds on an object and on each container above
// it: facts, from which package authz draws the conclusions. It is a value that
// belongs to one snapshot.
type Standing struct {
	in     *index
	of     *Memberships
	levels [maxDepth + 1]Level
	depth  int
}

// Level is one object on the way from the metastore to the object of a
// [Standing].
type Level struct {
	ID     ID
	Papers *Papers
	Owner  PrincipalID
	Owned  bool         // by the principal or a group it is in
	Held   PrivilegeSet // granted on this very object to the principal or a group it is in
}

// Stand finds out what a principal holds from the metastore down to an object.
// Path is empty afterwards when there is no such object or principal.
func (st *Standing) Stand(s *Snapshot, p PrincipalID, on ID) {
	st.in, st.depth = s.index, 0
	if st.of = s.Memberships(p); st.of == nil {
		return
	}
	var up [maxDepth + 1]*object
	var ids [maxDepth + 1]ID
	n := 0
	for id := on; id != 0; n++ {
		o := s.index.object(id)
		if o == nil || n == len(up) {
			return
		}
		up[n], ids[n] = o, id
		id = o.parent
	}
	st.depth = n
	for i := range n {
		st.levels[i].meet(st.of, ids[n-1-i], up[n-1-i])
	}
}

// Path returns the levels, the metastore first and the object last.
func (st *Standing) Path() []Level { return st.levels[:st.depth] }

// Memberships returns for whom this is.
func (st *Standing) Memberships() *Memberships { return st.of }

// Child returns what the principal holds on an object in the one that the
// standing is on. It reports whether there is such an object there.
func (st *Standing) Child(id ID) (l Level, ok bool) {
	if st.depth == 0 {
		return l, false
	}
	o := st.in.object(id)
	if o == nil || o.parent != st.levels[st.depth-1].ID {
		return l, false
	}
	l.meet(st.of, id, o)
	return l, true
}

func (l *Level) meet(m *Memberships, id ID, o *object) {
	l.ID, l.Papers, l.Owner, l.Owned, l.Held = id, o.papers, o.owner, m.Has(o.owner), o.held(m)
}

// held is what is granted on an object to any of m. Whichever of the two lists
// is the shorter is walked.
func (o *object) held(m *Memberships) (all PrivilegeSet) {
	if len(o.grants) > 8*len(m.all) || len(o.grants) == 0 && o.many() != nil {
		return o.heldByAny(m)
	}
	for i := range o.grants {
		if h := &o.grants[i]; m.Has(h.to) {
			all = all.Union(h.gives)
		}
	}
	return all
}

func (o *object) heldByAny(m *Memberships) (all PrivilegeSet) {
	if many := o.many(); many != nil && many.len() < len(m.all) {
		for h := range many.from(holding{}, byPrincipal) {
			if m.Has(h.to) {
				all = all.Union(h.gives)
			}
		}
		return all
	}
	for _, p := range m.all {
		if h, ok := o.holding(p); ok {
			all = all.Union(h.gives)
		}
	}
	return all
}
