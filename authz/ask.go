package authz

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// EffectivePrivileges returns what a principal holds on an object, in person
// and through groups, by owning it and by grants on it or above it: one
// [Reason] for each privilege and each source of it, the object's own level
// first, then going up. Holding is not yet using: that also takes the usage
// privileges of the containers, see [Authorizer.Check]. It is empty when there
// is no such principal or object.
func (a *Authorizer) EffectivePrivileges(s *catalog.Snapshot, p catalog.PrincipalID, on catalog.ID) []Reason {
	e := evaluation{s: s, kinds: s.Kinds(), caller: p, callers: memberships(s, p)}
	path, ok := pathTo(s, on)
	if !ok || len(e.callers) == 0 {
		return nil
	}
	return e.effective(path)
}

// WhoCan returns, ordered by id, the users, service principals and groups for
// which [Authorizer.Check] allows a privilege on an object.
func (a *Authorizer) WhoCan(s *catalog.Snapshot, privilege catalog.Privilege, on catalog.ID) []catalog.PrincipalID {
	var can []catalog.PrincipalID
	for _, t := range []catalog.PrincipalType{catalog.User, catalog.ServicePrincipal, catalog.Group} {
		for p := range s.Principals(t) {
			if a.Check(s, p.ID, privilege, on).Allowed {
				can = append(can, p.ID)
			}
		}
	}
	slices.Sort(can)
	return can
}

// effective: see [Authorizer.EffectivePrivileges].
func (e *evaluation) effective(p path) []Reason {
	object := p.object()
	var all []Reason
	applicable := e.kinds.GrantablePrivileges(object.Type)
	if through, ok := e.owns(object); ok {
		for _, privilege := range applicable {
			if e.kinds.Applies(privilege, object.Type) && privilege != catalog.ExternalUseSchema && privilege != catalog.AllPrivileges {
				all = append(all, Reason{Privilege: privilege, On: object.ID, Through: through, Owner: true})
			}
		}
	}
	for i := len(p) - 1; i >= 0; i-- {
		at := p[i]
		if at.Type == catalog.TypeMetastore && object.Type != catalog.TypeMetastore {
			break
		}
		for g := range e.s.GrantsOn(at.ID) {
			if !e.is(g.To) {
				continue
			}
			for _, privilege := range applicable {
				if e.kinds.Applies(privilege, object.Type) &&
					(privilege == g.Privilege || g.Privilege == catalog.AllPrivileges && privilege.InAll()) {
					all = append(all, Reason{Privilege: privilege, On: at.ID, Granted: g.Privilege, Through: g.To})
				}
			}
		}
	}
	return all
}
