package authz

import "github.com/modelward/modelward/catalog"

// The privileges that the rules name.
var (
	manages     = catalog.SetOf(catalog.Manage)
	everything  = catalog.SetOf(catalog.AllPrivileges)
	notImplied  = catalog.NotInAll()
	notByOwning = catalog.SetOf(catalog.ExternalUseSchema)
)

// evaluate is the one place where anything is decided.
//
// What is held on a container shows it, and so does all of managing, seeing and
// creating, so visibility need not be looked into; a privilege on anything else
// must be one that reveals.
func (r request) evaluate(t *trace) (allowed, visible bool) {
	var st catalog.Standing
	st.Stand(r.s, r.caller, r.on)
	p := path(st.Path())
	if len(p) == 0 {
		t.cannot()
		return false, false
	}
	e := evaluation{s: r.s, caller: r.caller, t: t}
	tells := true
	switch r.verb {
	case use:
		privilege := r.s.Kinds().Set(r.privilege)
		allowed = e.mayUse(p, privilege)
		tells = p.object().Papers.Gate != "" || p.object().Papers.Shown.Meets(privilege)
	case manage:
		allowed = e.mayManage(p)
	case see:
		allowed = e.maySee(p)
	case create:
		allowed = e.mayCreate(p, r.kind)
	case list:
		allowed = e.mayList(p)
	}
	if allowed && tells {
		return true, true
	}
	e.t = nil
	return allowed, e.visible(p)
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
	return e.sees(e.sightInto(p.containers(), object.Papers), object)
}

// sight is what the containers of an object say about seeing it; it is the same
// for all objects of one kind in one place.
type sight struct {
	ruled  bool           // the ability to manage comes from up there, and decides
	usable bool           // the way there, up to where that comes from
	shown  *catalog.Level // what is granted there shows what is inside; nil: nothing does
}

// sightInto finds out what containers say about seeing an object of a kind in
// the last of them.
func (e *evaluation) sightInto(containers path, papers *catalog.Papers) sight {
	if n := ruled(containers); n >= 0 {
		s := sight{ruled: true, usable: e.reach(containers[:n])}
		e.found(&containers[n], manages, containers[n].Owned)
		return s
	}
	s := sight{usable: e.reach(containers)}
	showing := shows(papers)
	for n := len(containers) - 1; n > 0; n-- { // what is granted on the metastore does not inherit
		if containers[n].Held.Meets(showing) {
			s.shown = &containers[n]
			break
		}
	}
	return s
}

// alike reports whether what is inside is all seen, as far as there is a way.
func (s sight) alike() bool { return s.ruled || s.shown != nil }

// sees finishes what [evaluation.sightInto] began.
func (e *evaluation) sees(s sight, object *catalog.Level) bool {
	switch {
	case s.ruled:
		return s.usable
	case object.Owned || object.Held.Meets(manages):
		e.found(object, manages, object.Owned)
		return s.usable
	case showsItself(object):
		e.shownBy(object, object)
		return s.usable
	case s.shown != nil:
		e.shownBy(s.shown, object)
		return s.usable
	}
	e.lacksSight(object)
	return false
}

// shows is what shows an object of a kind to those who hold it above: for a
// catalog or schema, whatever could be granted on it (ruling R17); for all else
// the privileges that reveal (ruling R18), one of which ALL PRIVILEGES stands for.
func shows(papers *catalog.Papers) catalog.PrivilegeSet {
	if papers.Gate != "" {
		return papers.Grantable
	}
	return giving(papers.Shown, papers)
}

// showsItself reports whether what is granted on the object shows it. On a
// catalog or schema that is anything.
func showsItself(object *catalog.Level) bool {
	if object.Papers.Gate != "" {
		return !object.Held.Empty()
	}
	return object.Held.Meets(giving(object.Papers.Shown, object.Papers))
}

// visible: may the caller know that the object exists? For a container that is
// ruling R17 alone, and takes no way there; for anything else it is maySee.
func (e *evaluation) visible(p path) bool {
	object := p.object()
	if object.Papers.Gate == "" {
		return e.maySee(p)
	}
	for n := range p {
		if p[n].Owned || n > 0 && p[n].Held.Meets(object.Papers.Grantable) {
			return true
		}
	}
	return showsItself(object) || e.mayManage(p)
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
	giving := giving(privilege, object.Papers)
	if object.Held.Meets(giving) {
		return n
	}
	for n--; n > 0; n-- { // what is granted on the metastore does not inherit
		if p[n].Held.Meets(giving) {
			return n
		}
	}
	return -1
}

// giving is what gives one of some privileges on a kind of object: each itself,
// and ALL PRIVILEGES if it stands for one of those that take effect there.
func giving(privileges catalog.PrivilegeSet, papers *catalog.Papers) catalog.PrivilegeSet {
	if privileges.Intersect(papers.Applies).Without(notImplied).Empty() {
		return privileges
	}
	return privileges.Union(everything)
}
