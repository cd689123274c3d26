package authz

import "github.com/modelward/modelward/catalog"

// trace collects what an evaluation found. A nil trace collects nothing, so
// that checking and explaining are one and the same walk.
type trace struct {
	because  []Reason
	missing  []catalog.Grant
	hopeless bool // something is wanting that no grant can give
}

func (t *trace) cannot() {
	if t != nil {
		t.hopeless = true
	}
}

// found notes that a level gives a privilege: to its owner, or by a grant.
func (e *evaluation) found(at *catalog.Level, privilege catalog.PrivilegeSet, owner bool) {
	if e.t == nil {
		return
	}
	r := Reason{Privilege: e.one(privilege), On: at.ID, Through: at.Owner, Owner: owner}
	if !owner {
		r.Granted, r.Through = e.behind(at.ID, r.Privilege)
	}
	e.t.because = append(e.t.because, r)
}

// shownBy notes the grant on a level that shows an object.
func (e *evaluation) shownBy(at, object *catalog.Level) {
	if e.t == nil {
		return
	}
	// The loop's body must not hold on to the levels, or they would be on the heap
	// whenever anything is decided.
	t, kinds, of := e.t, e.s.Kinds(), e.s.Memberships(e.caller)
	showing, anyShows := shows(object.Papers), at == object && object.Papers.Gate != ""
	for g := range e.s.GrantsOn(at.ID) {
		if of.Has(g.To) && (anyShows || showing.Meets(kinds.Set(g.Privilege))) {
			t.because = append(t.because, Reason{Privilege: g.Privilege, On: g.On, Granted: g.Privilege, Through: g.To})
			return
		}
	}
}

// lacksSight notes the one grant that would show an object.
func (e *evaluation) lacksSight(object *catalog.Level) {
	switch {
	case e.t == nil:
	case object.Papers.Gate != "":
		e.lacks(object, object.Papers.Gates)
	case len(object.Papers.Reveals) > 0:
		e.lacks(object, e.s.Kinds().Set(object.Papers.Reveals[0]))
	default:
		e.lacks(object, manages)
	}
}

// lacks notes what is wanting on a level, if it can be granted there.
func (e *evaluation) lacks(at *catalog.Level, privilege catalog.PrivilegeSet) {
	if e.t == nil {
		return
	}
	if !at.Papers.Grantable.Meets(privilege) {
		e.t.cannot()
		return
	}
	e.t.missing = append(e.t.missing, catalog.Grant{On: at.ID, To: e.caller, Privilege: e.one(privilege)})
}

// behind finds the grant on an object that gives the caller a privilege, the
// nearest holder's first.
func (e *evaluation) behind(on catalog.ID, privilege catalog.Privilege) (granted catalog.Privilege, through catalog.PrincipalID) {
	s := e.s
	for _, granted := range []catalog.Privilege{privilege, catalog.AllPrivileges} {
		for to := range s.Memberships(e.caller).All() {
			if s.Granted(catalog.Grant{On: on, To: to, Privilege: granted}) {
				return granted, to
			}
		}
	}
	return "", 0
}

// one is the privilege of a set that has one, and nothing of the empty set.
func (e *evaluation) one(privilege catalog.PrivilegeSet) catalog.Privilege {
	for _, p := range e.s.Kinds().Privileges(privilege) {
		return p
	}
	return ""
}
