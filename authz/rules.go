package authz

import "github.com/modelward/modelward/catalog"

// The privileges that the rules name.
var (
	manages     = catalog.SetOf(catalog.Manage)
	everything  = catalog.SetOf(catalog.AllPrivileges)
	notImplied  = catalog.SetOf(catalog.Manage, catalog.ExternalUseSchema, catalog.ExternalUseLoc, catalog.AllPrivileges)
	notByOwning = catalog.SetOf(catalog.ExternalUseSchema)
)

// evaluate is the one place where anything is decided.
func (r request) evaluate(t *trace) (allowed, visible bool) {
	st := r.s.Standing(r.caller, r.on)
	p := path(st.Path())
	if len(p) == 0 {
		t.cannot()
		return false, false
	}
	e := evaluation{s: r.s, caller: r.caller, t: t}
	switch r.verb {
	case use:
		allowed = e.mayUse(p, r.s.Kinds().Set(r.privilege))
	case manage:
		allowed = e.mayManage(p)
	case see:
		allowed = e.maySee(p)
	case create:
		allowed = e.mayCreate(p, r.kind)
	case list:
		allowed = e.mayList(p)
	}
	if allowed && r.shows(p.object()) {
		return true, true
	}
	e.t = nil
	return allowed, e.visible(p)
}

// shows reports whether being allowed what was asked is itself enough to know
// that the object exists, so that visibility need not be looked into: what is
// held on a container shows it, and so does all of managing, seeing and
// creating. A privilege on anything else must be one that reveals.
func (r request) shows(object *catalog.Level) bool {
	return r.verb != use || object.Papers.Gate != "" || object.Papers.Shown.Meets(r.s.Kinds().Set(r.privilege))
}

// evaluation is one question on the way to its answer. With a trace it looks up
// the grants behind the facts; the walk is the same.
type evaluation struct {
	s      *catalog.Snapshot
	caller catalog.PrincipalID
	t      *trace
}

// path is what the caller holds on an object and on what contains it: the
// metastore first, the object last.
type path []catalog.Level

func (p path) object() *catalog.Level { return &p[len(p)-1] }
func (p path) containers() path       { return p[:len(p)-1] }

// mayUse: usable, and holds the privilege (spec §12.4 "EXECUTE ok").
func (e *evaluation) mayUse(p path, privilege catalog.PrivilegeSet) bool {
	if !p.object().Papers.Applies.Meets(privilege) {
		e.t.cannot()
		return false
	}
	// Both are walked even when the first fails, so that the trace is whole.
	usable := e.reach(p.containers())
	holds := e.holds(p, privilege)
	return usable && holds
}

// mayManage finds the level that gives the ability to manage and asks for usage
// only above it (spec §12.2, the newer rule). The highest such level needs the
// fewest usage privileges, so no other has to be looked at.
func (e *evaluation) mayManage(p path) bool {
	if n := ruled(p); n >= 0 {
		usable := e.reach(p[:n])
		e.found(&p[n], manages, p[n].Owned)
		return usable
	}
	e.reach(p.containers())
	e.lacks(p.object(), manages)
	return false
}

// ruled is the highest level that gives the ability to manage, usable or not, by
// owning it or by MANAGE granted on it; -1 when none does.
func ruled(p path) int {
	for n := range p {
		if p[n].Owned || p[n].Held.Meets(manages) {
			return n
		}
	}
	return -1
}

// mayCreate: use every container down to the parent, and hold the kind's
// create privilege there.
func (e *evaluation) mayCreate(p path, kind catalog.SecurableType) bool {
	papers, ok := e.s.Kinds().Papers(kind)
	parent := p.object()
	if !ok || papers.Parent != parent.Papers.Type {
		e.t.cannot()
		return false
	}
	usable := e.reach(p)
	if papers.Create == "" {
		if !parent.Owned {
			e.t.cannot()
			return false
		}
		e.found(parent, catalog.PrivilegeSet{}, true)
		return usable
	}
	return e.holds(p, papers.Creates) && usable
}

// mayList: each container down to this one is usable, or manageable.
func (e *evaluation) mayList(p path) bool {
	if !p.object().Papers.Holds {
		e.t.cannot()
		return false
	}
	// Who rules over it but lacks the way there lacks only that.
	if ruled(p) >= 0 {
		return e.mayManage(p)
	}
	return e.reach(p)
}

// maySee: see [Authorizer.See].
func (e *evaluation) maySee(p path) bool {
	object := p.object()
	if object.ID == catalog.MetastoreID {
		return true
	}
	if ruled(p) >= 0 {
		return e.mayManage(p)
	}
	usable := e.reach(p.containers())
	if object.Papers.Gate != "" {
		level, ok := shown(p)
		if ok {
			e.shownBy(level, object)
		} else {
			e.lacks(object, object.Papers.Gates)
		}
		return ok && usable
	}
	// Nobody who comes here owns the object or holds MANAGE: those rule.
	for n := range object.Papers.Reveals {
		if revealing := e.s.Kinds().Set(object.Papers.Reveals[n]); holding(p, revealing) >= 0 {
			return e.holds(p, revealing) && usable
		}
	}
	if len(object.Papers.Reveals) > 0 {
		e.lacks(object, e.s.Kinds().Set(object.Papers.Reveals[0]))
	} else {
		e.lacks(object, manages)
	}
	return false
}

// visible: may the caller know that the object exists? For a container that is
// ruling R17 alone; for anything else it is maySee.
func (e *evaluation) visible(p path) bool {
	if p.object().Papers.Gate == "" {
		return e.maySee(p)
	}
	_, ok := shown(p)
	return ok || e.mayManage(p)
}

// shown is ruling R17 for a catalog or schema: the caller owns it, has MANAGE
// over it from anywhere, or holds any privilege on it. A privilege granted
// further up counts where it could be granted here too. It returns the lowest
// level from which that comes.
func shown(p path) (*catalog.Level, bool) {
	object := p.object()
	for n := len(p) - 1; n >= 0; n-- {
		at := &p[n]
		if at.Owned {
			return at, true
		}
		if n == 0 {
			break // what is granted on the metastore does not inherit
		}
		if at == object && !at.Held.Empty() || at.Held.Meets(object.Papers.Grantable) {
			return at, true
		}
	}
	return nil, false
}

// reach: the usage privilege of each of these containers.
func (e *evaluation) reach(containers path) bool {
	all := true
	for n := range containers {
		if gates := containers[n].Papers.Gates; !gates.Empty() && !e.holds(containers[:n+1], gates) {
			all = false
		}
	}
	return all
}

// holds: the caller owns the object or is granted the privilege on it or above
// it, in person, through a group, or as part of ALL PRIVILEGES. Only a grant on
// the metastore itself counts for the metastore.
func (e *evaluation) holds(p path, privilege catalog.PrivilegeSet) bool {
	n := holding(p, privilege)
	if e.t == nil {
		return n >= 0
	}
	if n < 0 {
		e.lacks(p.object(), privilege)
		return false
	}
	e.found(&p[n], privilege, n == len(p)-1 && p[n].Owned && !privilege.Meets(notByOwning))
	return true
}

// holding is the lowest level that gives a privilege on the object, -1 for none.
func holding(p path, privilege catalog.PrivilegeSet) int {
	n := len(p) - 1
	object := &p[n]
	if object.Owned && !privilege.Meets(notByOwning) {
		return n
	}
	giving := privilege
	if !privilege.Meets(notImplied) && object.Papers.Applies.Meets(privilege) {
		giving = giving.Union(everything)
	}
	if n == 0 {
		if object.Held.Meets(giving) {
			return 0
		}
		return -1
	}
	for ; n > 0; n-- { // what is granted on the metastore does not inherit
		if p[n].Held.Meets(giving) {
			return n
		}
	}
	return -1
}
