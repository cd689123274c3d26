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

// Standing finds out what a principal holds from the metastore down to an
// object. Its Path is empty when there is no such object or principal.
func (s *Snapshot) Standing(p PrincipalID, on ID) (st Standing) {
	if st.of = s.Memberships(p); st.of == nil {
		return st
	}
	st.in = s.index
	var up [maxDepth + 1]*object
	for id := on; id != 0; {
		o := s.index.object(id)
		if o == nil || st.depth == len(up) {
			st.depth = 0
			return st
		}
		up[st.depth] = o
		st.depth++
		id = o.parent
	}
	for i := range st.depth {
		st.levels[i].meet(st.of, up[st.depth-1-i])
	}
	return st
}

// Path returns the levels, the metastore first and the object last.
func (st *Standing) Path() []Level { return st.levels[:st.depth] }

// Memberships returns for whom this is.
func (st *Standing) Memberships() *Memberships { return st.of }

// Enter goes on to an object in the one it stands at, and reports whether there
// is such an object.
func (st *Standing) Enter(child ID) bool {
	if st.depth == 0 || st.depth == len(st.levels) {
		return false
	}
	o := st.in.object(child)
	if o == nil || o.parent != st.levels[st.depth-1].ID {
		return false
	}
	st.levels[st.depth].meet(st.of, o)
	st.depth++
	return true
}

// Leave goes back to the container, and does nothing at the metastore.
func (st *Standing) Leave() {
	if st.depth > 1 {
		st.depth--
	}
}

func (l *Level) meet(m *Memberships, o *object) {
	*l = Level{ID: o.row.ID, Papers: o.papers, Owner: o.owner, Owned: m.Has(o.owner), Held: o.held(m)}
}

// held is what is granted on an object to any of m. Whichever of the two lists
// is the shorter is walked.
func (o *object) held(m *Memberships) (all PrivilegeSet) {
	if len(o.grants) > 8*len(m.all) {
		for _, p := range m.all {
			if n, ok := o.holding(p); ok {
				all = all.Union(o.grants[n].gives)
			}
		}
		return all
	}
	for i := range o.grants {
		if h := &o.grants[i]; m.Has(h.to) {
			all = all.Union(h.gives)
		}
	}
	return all
}
