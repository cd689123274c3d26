package modelservice

import (
	"iter"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
)

// EffectiveAssignment is what one principal is granted on one object, there or
// on the containers above it.
type EffectiveAssignment struct {
	Principal  string
	Privileges []EffectivePrivilege // those granted on the object first, then going up, each sorted
}

// EffectivePrivilege is one grant that has an effect on an object or on what
// is in it.
type EffectivePrivilege struct {
	Privilege catalog.Privilege
	// FromType and From are the container that it is granted on and inherited
	// from. Both are empty for a grant on the object itself.
	FromType catalog.SecurableType
	From     catalog.FullName
}

// EffectiveGrants returns the grants on an object and those that it inherits:
// what is granted on the containers above it and could be granted on an object
// of its kind too (spec §12.2). It is one moment, ordered by principal. On each
// level the caller sees what [Metastore.Grants] shows him there, and nothing of
// a level that he may not see. A principal name, when not empty, selects one
// assignment.
func (m *Metastore) EffectiveGrants(caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName, of string) ([]EffectiveAssignment, error) {
	return m.grants(caller, t, name, of, true)
}

func (m *Metastore) grants(caller catalog.PrincipalID, t catalog.SecurableType, name catalog.FullName, of string, inherited bool) ([]EffectiveAssignment, error) {
	s := m.catalog.Snapshot()
	at, err := m.find(s, caller, t, name)
	if err != nil {
		return nil, err
	}
	r := m.readerOfGrants(s, caller)
	var only catalog.PrincipalID
	if of != "" {
		p, err := principal(s, "principal", of)
		if err != nil && !r.level(at.id).all {
			return []EffectiveAssignment{}, nil // whether there is such a principal is not for the caller to know
		}
		if err != nil {
			return nil, err
		}
		only = p.ID
	}
	byPrincipal := map[catalog.PrincipalID]*EffectiveAssignment{}
	for level := range levels(s, at.id, inherited) {
		var from EffectivePrivilege
		here := level.ID == at.id
		if !here {
			from = EffectivePrivilege{FromType: level.Type, From: s.FullName(level.ID)}
		}
		for g := range r.grantsOn(level.ID) { // sorted by principal and privilege
			if only != 0 && g.To != only || !here && !s.Kinds().Grantable(g.Privilege, t) {
				continue
			}
			a := byPrincipal[g.To]
			if a == nil {
				a = &EffectiveAssignment{Principal: principalName(s, g.To)}
				byPrincipal[g.To] = a
			}
			from.Privilege = g.Privilege
			a.Privileges = append(a.Privileges, from)
		}
	}
	assignments := make([]EffectiveAssignment, 0, len(byPrincipal))
	for _, a := range byPrincipal {
		assignments = append(assignments, *a)
	}
	slices.SortFunc(assignments, func(a, b EffectiveAssignment) int { return strings.Compare(a.Principal, b.Principal) })
	return assignments, nil
}

// levels yields an object and, with inherited, the containers that it inherits
// from, going up. Nothing is inherited from the metastore (spec §12.2).
func levels(s *catalog.Snapshot, id catalog.ID, inherited bool) iter.Seq[catalog.Node] {
	return func(yield func(catalog.Node) bool) {
		node, ok := s.Node(id)
		for ok && yield(node) && inherited && node.Parent != catalog.MetastoreID {
			node, ok = s.Node(node.Parent)
		}
	}
}

// grantReader says which grants one caller may read: those on what he may see,
// all of them where he may manage, elsewhere those to himself and his groups.
type grantReader struct {
	m      *Metastore
	s      *catalog.Snapshot
	caller catalog.PrincipalID
	own    *catalog.Memberships // the caller and the groups he is in
}

func (m *Metastore) readerOfGrants(s *catalog.Snapshot, caller catalog.PrincipalID) grantReader {
	return grantReader{m, s, caller, s.Memberships(caller)}
}

// sight is what a caller may know of the grants on one object.
type sight struct {
	any, all bool
}

func (r grantReader) level(on catalog.ID) sight {
	return sight{any: r.m.authz.See(r.s, r.caller, on).Allowed, all: r.m.authz.Manage(r.s, r.caller, on).Allowed}
}

// shows reports whether grants to a principal are shown.
func (r grantReader) shows(level sight, to catalog.PrincipalID) bool {
	return level.all || level.any && r.own.Has(to)
}

func (r grantReader) grantsOn(on catalog.ID) iter.Seq[catalog.Grant] {
	level := r.level(on)
	return func(yield func(catalog.Grant) bool) {
		for g := range r.s.GrantsOn(on) {
			if r.shows(level, g.To) && !yield(g) {
				return
			}
		}
	}
}
