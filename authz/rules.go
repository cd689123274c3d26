package authz

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// evaluate is the one place where anything is decided.
func (r request) evaluate(t *trace) (allowed, visible bool) {
	e := evaluation{s: r.s, kinds: r.s.Kinds(), caller: r.caller, callers: memberships(r.s, r.caller)}
	path, ok := pathTo(r.s, r.on)
	if !ok || len(e.callers) == 0 {
		t.cannot()
		return false, false
	}
	switch r.verb {
	case use:
		allowed = e.mayUse(path, r.privilege, t)
	case manage:
		allowed = e.mayManage(path, t)
	case see:
		allowed = e.maySee(path, t)
	case create:
		allowed = e.mayCreate(path, r.kind, t)
	case list:
		allowed = e.mayList(path, t)
	}
	return allowed, allowed && e.shows(path, r) || e.visible(path)
}

// shows reports whether being allowed what was asked is itself enough to know
// that the object exists, so that visibility need not be looked into: what is
// held on a container shows it, and so does all of managing, seeing and
// creating. A privilege on anything else must be one that reveals.
func (e *evaluation) shows(p path, r request) bool {
	papers, _ := e.kinds.Kind(p.object().Type)
	return r.verb != use || papers.Gate != "" || slices.Contains(papers.Reveals, r.privilege)
}

// evaluation is one caller at one moment.
type evaluation struct {
	s       *catalog.Snapshot
	kinds   *catalog.Kinds
	caller  catalog.PrincipalID
	callers []catalog.PrincipalID // the caller and all groups it is in
}

// path is an object and what contains it: the metastore first, the object last.
type path []catalog.Node

func (p path) object() catalog.Node { return p[len(p)-1] }
func (p path) containers() path     { return p[:len(p)-1] }

func pathTo(s *catalog.Snapshot, id catalog.ID) (path, bool) {
	p := make(path, 0, 4)
	for id != 0 {
		node, ok := s.Node(id)
		if !ok {
			return nil, false
		}
		p = append(p, node)
		id = node.Parent
	}
	slices.Reverse(p)
	return p, len(p) > 0
}

// mayUse: usable, and holds the privilege (spec §12.4 "EXECUTE ok").
func (e *evaluation) mayUse(p path, privilege catalog.Privilege, t *trace) bool {
	if !e.kinds.Applies(privilege, p.object().Type) {
		t.cannot()
		return false
	}
	// Both are walked even when the first fails, so that the trace is whole.
	usable := e.reach(p.containers(), t)
	holds := e.holds(p, privilege, t)
	return usable && holds
}

// mayManage finds the level that gives the ability to manage and asks for usage
// only above it (spec §12.2, the newer rule). The highest such level needs the
// fewest usage privileges, so no other has to be looked at.
func (e *evaluation) mayManage(p path, t *trace) bool {
	if level, reason, ok := e.ruled(p); ok {
		usable := e.reach(level.containers(), t)
		t.found(reason)
		return usable
	}
	e.reach(p.containers(), t)
	if object := p.object(); e.kinds.Grantable(catalog.Manage, object.Type) {
		t.lacks(e.grant(object.ID, catalog.Manage))
	} else {
		t.cannot()
	}
	return false
}

// ruled is the highest level that gives the ability to manage, usable or not.
func (e *evaluation) ruled(p path) (path, Reason, bool) {
	for i, at := range p {
		if reason, ok := e.rules(at); ok {
			return p[:i+1], reason, true
		}
	}
	return nil, Reason{}, false
}

// rules: the ability to manage that comes from this very object, by owning it
// or by MANAGE granted on it. What comes from above is found above.
func (e *evaluation) rules(at catalog.Node) (Reason, bool) {
	if through, ok := e.owns(at); ok {
		return Reason{Privilege: catalog.Manage, On: at.ID, Through: through, Owner: true}, true
	}
	return e.granted(at.ID, catalog.Manage, catalog.Manage)
}

// mayCreate: use every container down to the parent, and hold the kind's
// create privilege there.
func (e *evaluation) mayCreate(p path, kind catalog.SecurableType, t *trace) bool {
	papers, ok := e.kinds.Kind(kind)
	parent := p.object()
	if !ok || papers.Parent != parent.Type {
		t.cannot()
		return false
	}
	usable := e.reach(p, t)
	if papers.Create == "" {
		through, owns := e.owns(parent)
		if !owns {
			t.cannot()
			return false
		}
		t.found(Reason{On: parent.ID, Through: through, Owner: true})
		return usable
	}
	return e.holds(p, papers.Create, t) && usable
}

// mayList: each container down to this one is usable, or manageable.
func (e *evaluation) mayList(p path, t *trace) bool {
	if !e.kinds.HoldsChildren(p.object().Type) {
		t.cannot()
		return false
	}
	// Who rules over it but lacks the way there lacks only that.
	if _, _, ok := e.ruled(p); ok {
		return e.mayManage(p, t)
	}
	return e.reach(p, t)
}

// maySee: see [Authorizer.See].
func (e *evaluation) maySee(p path, t *trace) bool {
	object := p.object()
	if object.ID == catalog.MetastoreID {
		return true
	}
	if _, _, ok := e.ruled(p); ok {
		return e.mayManage(p, t)
	}
	usable := e.reach(p.containers(), t)
	papers, _ := e.kinds.Kind(object.Type)
	if papers.Gate != "" {
		reason, ok := e.shown(p)
		if ok {
			t.found(reason)
		} else {
			t.lacks(e.grant(object.ID, papers.Gate))
		}
		return ok && usable
	}
	if through, ok := e.owns(object); ok {
		t.found(Reason{On: object.ID, Through: through, Owner: true})
		return usable
	}
	for _, privilege := range append([]catalog.Privilege{catalog.Manage}, papers.Reveals...) {
		if e.holds(p, privilege, nil) {
			e.holds(p, privilege, t)
			return usable
		}
	}
	reveal := catalog.Manage
	if len(papers.Reveals) > 0 {
		reveal = papers.Reveals[0]
	}
	t.lacks(e.grant(object.ID, reveal))
	return false
}

// visible: may the caller know that the object exists? For a container that is
// ruling R17 alone; for anything else it is maySee.
func (e *evaluation) visible(p path) bool {
	object := p.object()
	papers, _ := e.kinds.Kind(object.Type)
	if papers.Gate == "" {
		return e.maySee(p, nil)
	}
	_, ok := e.shown(p)
	return ok || e.mayManage(p, nil)
}

// shown is ruling R17 for a catalog or schema: the caller owns it, has MANAGE
// over it from anywhere, or holds any privilege on it. A privilege granted
// further up counts where it could be granted here too.
func (e *evaluation) shown(p path) (Reason, bool) {
	object := p.object()
	for i := len(p) - 1; i >= 0; i-- {
		at := p[i]
		if through, ok := e.owns(at); ok {
			return Reason{On: at.ID, Through: through, Owner: true}, true
		}
		if at.Type == catalog.TypeMetastore {
			break // what is granted on the metastore does not inherit
		}
		for grant := range e.s.GrantsOn(at.ID) {
			if (i == len(p)-1 || e.kinds.Grantable(grant.Privilege, object.Type)) && e.is(grant.To) {
				return Reason{Privilege: grant.Privilege, On: at.ID, Granted: grant.Privilege, Through: grant.To}, true
			}
		}
	}
	return Reason{}, false
}

// reach: the usage privilege of each of these containers.
func (e *evaluation) reach(containers path, t *trace) bool {
	all := true
	for i, c := range containers {
		papers, _ := e.kinds.Kind(c.Type)
		if papers.Gate != "" && !e.holds(containers[:i+1], papers.Gate, t) {
			all = false
		}
	}
	return all
}

// holds: the caller owns the object or is granted the privilege on it or above
// it, in person, through a group, or as part of ALL PRIVILEGES. Only a grant on
// the metastore itself counts for the metastore.
func (e *evaluation) holds(p path, privilege catalog.Privilege, t *trace) bool {
	object := p.object()
	if through, ok := e.owns(object); ok && privilege != catalog.ExternalUseSchema {
		t.found(Reason{Privilege: privilege, On: object.ID, Through: through, Owner: true})
		return true
	}
	for i := len(p) - 1; i >= 0; i-- {
		at := p[i]
		if at.Type == catalog.TypeMetastore && object.Type != catalog.TypeMetastore {
			break
		}
		if reason, ok := e.granted(at.ID, privilege, privilege); ok {
			t.found(reason)
			return true
		}
		if !privilege.InAll() || !e.kinds.Applies(privilege, object.Type) {
			continue
		}
		if reason, ok := e.granted(at.ID, catalog.AllPrivileges, privilege); ok {
			t.found(reason)
			return true
		}
	}
	t.lacks(e.grant(object.ID, privilege))
	return false
}

// granted looks for a grant of one privilege on one object to the caller or a
// group of the caller's; it stands for what was needed.
func (e *evaluation) granted(on catalog.ID, privilege, needed catalog.Privilege) (Reason, bool) {
	for _, to := range e.callers {
		if e.s.Granted(catalog.Grant{On: on, To: to, Privilege: privilege}) {
			return Reason{Privilege: needed, On: on, Granted: privilege, Through: to}, true
		}
	}
	return Reason{}, false
}

// owns: the owner is the caller or one of the caller's groups.
func (e *evaluation) owns(at catalog.Node) (catalog.PrincipalID, bool) {
	return at.Owner, e.is(at.Owner)
}

func (e *evaluation) is(p catalog.PrincipalID) bool {
	for _, q := range e.callers {
		if p == q {
			return true
		}
	}
	return false
}

func (e *evaluation) grant(on catalog.ID, privilege catalog.Privilege) catalog.Grant {
	return catalog.Grant{On: on, To: e.caller, Privilege: privilege}
}
