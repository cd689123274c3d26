package catalogtest

import (
	"maps"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
)

func (m *model) createPrincipal(t catalog.PrincipalType, name string) (broken []error) {
	if t != catalog.User && t != catalog.ServicePrincipal && t != catalog.Group {
		broken = append(broken, errInvalid)
	}
	broken = append(broken, m.checkPrincipalName(0, name)...)
	if len(broken) == 0 {
		m.principals[catalog.PrincipalID(m.next)] = person{t, name}
		m.next++
	}
	return broken
}

func (m *model) renamePrincipal(id catalog.PrincipalID, name string) (broken []error) {
	if broken = m.checkChangeable(id); len(broken) == 0 {
		broken = m.checkPrincipalName(id, name)
	}
	if len(broken) == 0 {
		m.principals[id] = person{m.principals[id].t, name}
	}
	return broken
}

func (m *model) dropPrincipal(id catalog.PrincipalID) []error {
	if broken := m.checkChangeable(id); len(broken) > 0 {
		return broken
	}
	delete(m.principals, id)
	maps.DeleteFunc(m.grants, func(g catalog.Grant, _ bool) bool { return g.To == id })
	maps.DeleteFunc(m.members, func(e member, _ bool) bool { return e.group == id || e.member == id })
	return nil
}

func (m *model) addMember(group, who catalog.PrincipalID) []error {
	broken := m.checkMember(group, who)
	if m.closure(group)[who] {
		broken = append(broken, catalog.ErrCycle)
	}
	if len(broken) == 0 {
		m.members[member{group, who}] = true
	}
	return broken
}

func (m *model) removeMember(group, who catalog.PrincipalID) []error {
	broken := m.checkMember(group, who)
	if len(broken) == 0 {
		delete(m.members, member{group, who})
	}
	return broken
}

// closure returns a principal and every group it is in, directly or not, by
// adding one step at a time until nothing is new.
func (m *model) closure(p catalog.PrincipalID) map[catalog.PrincipalID]bool {
	in := map[catalog.PrincipalID]bool{p: true}
	for before := -1; before != len(in); {
		before = len(in)
		for e := range m.members {
			if in[e.member] {
				in[e.group] = true
			}
		}
	}
	return in
}

func (m *model) checkMember(group, who catalog.PrincipalID) (broken []error) {
	g, ok := m.principals[group]
	w, there := m.principals[who]
	if !ok || !there {
		broken = append(broken, catalog.ErrNotFound)
	}
	if ok && g.t != catalog.Group {
		broken = append(broken, errInvalid)
	}
	if group == catalog.AccountUsers || who == catalog.AccountUsers || w.t == catalog.System {
		broken = append(broken, catalog.ErrBuiltIn)
	}
	return broken
}

func (m *model) checkChangeable(id catalog.PrincipalID) []error {
	if slices.Contains([]catalog.PrincipalID{catalog.SystemUser, catalog.AccountUsers, catalog.MetastoreAdmins}, id) {
		return []error{catalog.ErrBuiltIn}
	}
	if _, ok := m.principals[id]; !ok {
		return []error{catalog.ErrNotFound}
	}
	return nil
}

func (m *model) checkPrincipalName(self catalog.PrincipalID, name string) (broken []error) {
	if slices.Contains(oddPrincipalNames, name) {
		broken = append(broken, errInvalid)
	}
	for id, p := range m.principals {
		if id != self && foldName(p.name) == foldName(name) {
			broken = append(broken, catalog.ErrAlreadyExists)
		}
	}
	return broken
}

// foldName is how principal names compare, as far as the generators here go:
// letter case, and one letter that can be written in two ways.
func foldName(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), "e\u0301", "\u00e9")
}
