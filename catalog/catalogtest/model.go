package catalogtest

import (
	"errors"
	"maps"
	"strings"

	"github.com/modelward/modelward/catalog"
)

// model is the whole of a catalog in plain maps: slow, obvious, and written
// from the documentation. Each method returns every rule that a change breaks;
// a change that breaks none is applied.
type model struct {
	version    uint64
	next       uint64
	nodes      map[catalog.ID]node
	principals map[catalog.PrincipalID]person
	members    map[member]bool
	grants     map[catalog.Grant]bool
}

type node struct {
	t          catalog.SecurableType
	parent     catalog.ID
	name       string
	owner      catalog.PrincipalID
	comment    string
	properties string
	spec       string
	system     bool
	revision   uint64
}

type person struct {
	t    catalog.PrincipalType
	name string
}

type member struct{ group, member catalog.PrincipalID }

// errInvalid stands for any *catalog.InvalidError in a list of broken rules.
var errInvalid = errors.New("catalogtest: an InvalidError")

// newModel is what a new catalog holds.
func newModel() *model {
	return &model{
		version: 1, next: 5,
		nodes: map[catalog.ID]node{
			catalog.MetastoreID: {
				t: catalog.TypeMetastore, name: "metastore", owner: catalog.MetastoreAdmins,
				properties: "none", spec: "none", system: true, revision: 1,
			},
		},
		principals: map[catalog.PrincipalID]person{
			catalog.SystemUser:      {catalog.System, catalog.SystemUserName},
			catalog.AccountUsers:    {catalog.Group, catalog.AccountUsersName},
			catalog.MetastoreAdmins: {catalog.Group, catalog.MetastoreAdminsName},
		},
		members: map[member]bool{},
		grants:  map[catalog.Grant]bool{},
	}
}

func (m *model) clone() *model {
	c := *m
	c.nodes, c.principals = maps.Clone(m.nodes), maps.Clone(m.principals)
	c.members, c.grants = maps.Clone(m.members), maps.Clone(m.grants)
	return &c
}

func (m *model) equal(o *model) bool {
	return m.next == o.next && maps.Equal(m.nodes, o.nodes) && maps.Equal(m.principals, o.principals) &&
		maps.Equal(m.members, o.members) && maps.Equal(m.grants, o.grants)
}

// homes says what lives where; the name spaces are those of the kinds.
var homes = map[catalog.SecurableType]catalog.SecurableType{
	catalog.TypeCatalog: catalog.TypeMetastore,
	catalog.TypeSchema:  catalog.TypeCatalog,
	catalog.TypeTable:   catalog.TypeSchema,
	catalog.TypeModel:   catalog.TypeSchema,
	TypeService:         catalog.TypeSchema,
}

func (m *model) create(d catalog.Draft) (broken []error) {
	home, known := homes[d.Type]
	parent, there := m.nodes[d.Parent]
	if !known || there && parent.t != home {
		broken = append(broken, errInvalid)
	}
	if !there {
		broken = append(broken, catalog.ErrNotFound)
	}
	n := node{
		t: d.Type, parent: d.Parent, owner: d.Owner, comment: d.Comment,
		properties: orNone(d.Properties), spec: specText(d.Spec), system: d.System,
	}
	broken = append(broken, m.rename(&n, 0, d.Name)...)
	broken = append(broken, m.checkContent(n, d.Spec)...)
	if len(broken) == 0 {
		n.revision = m.version + 1
		m.nodes[catalog.ID(m.next)] = n
		m.next++
	}
	return broken
}

func (m *model) change(id catalog.ID, e catalog.Edit) (broken []error) {
	n, there := m.nodes[id]
	if !there {
		return []error{catalog.ErrNotFound}
	}
	before := n
	if e.Name != nil || e.Parent != nil {
		if id == catalog.MetastoreID {
			broken = append(broken, catalog.ErrBuiltIn)
		}
		if e.Parent != nil {
			n.parent = *e.Parent
			if home, there := m.nodes[n.parent]; !there {
				broken = append(broken, catalog.ErrNotFound)
			} else if home.t != homes[n.t] {
				broken = append(broken, errInvalid)
			}
		}
		name := n.name
		if e.Name != nil {
			name = *e.Name
		}
		broken = append(broken, m.rename(&n, id, name)...)
	}
	if e.Owner != nil {
		n.owner = *e.Owner
		if _, ok := m.principals[n.owner]; !ok {
			broken = append(broken, catalog.ErrNotFound)
		}
	}
	if e.Comment != nil {
		n.comment = *e.Comment
	}
	if e.Properties != nil {
		n.properties = orNone(*e.Properties)
	}
	if e.Spec != nil {
		n.spec = specText(e.Spec)
	}
	if len(broken) == 0 && e.Spec == nil && n == before {
		return nil // as it was
	}
	owner := n.owner
	n.owner = catalog.SystemUser // an owner that is gone already is no reason to refuse
	broken = append(broken, m.checkContent(n, e.Spec)...)
	if len(broken) == 0 {
		n.owner, n.revision = owner, m.version+1
		m.nodes[id] = n
	}
	return broken
}

// orNone is propertyText of a map that is nil when it is empty.
func orNone(properties map[string]string) string {
	if len(properties) == 0 {
		properties = nil
	}
	return propertyText(properties)
}

func (m *model) rename(n *node, self catalog.ID, name string) (broken []error) {
	canon, err := catalog.CanonicalName(name)
	if err != nil {
		return []error{errInvalid}
	}
	n.name = canon
	for id, other := range m.nodes {
		if id != self && other.t == n.t && other.parent == n.parent && other.name == canon {
			broken = append(broken, catalog.ErrAlreadyExists)
		}
	}
	return broken
}

func (m *model) checkContent(n node, spec catalog.Spec) (broken []error) {
	if _, ok := m.principals[n.owner]; !ok {
		broken = append(broken, catalog.ErrNotFound)
	}
	if strings.ContainsAny(n.comment, "\x00\x1b") {
		broken = append(broken, errInvalid)
	}
	if spec != nil && n.t != TypeService {
		broken = append(broken, errInvalid)
	}
	if s, ok := spec.(*Service); ok && s.Text == Refused {
		broken = append(broken, ErrRefused)
	}
	return broken
}

func (m *model) drop(id catalog.ID, force bool) (broken []error) {
	if _, there := m.nodes[id]; !there {
		return []error{catalog.ErrNotFound}
	}
	if id == catalog.MetastoreID {
		return []error{catalog.ErrBuiltIn}
	}
	below := m.below(id)
	if len(below) > 1 && !force {
		return []error{catalog.ErrNotEmpty}
	}
	for id := range below {
		delete(m.nodes, id)
	}
	maps.DeleteFunc(m.grants, func(g catalog.Grant, _ bool) bool { return below[g.On] })
	return nil
}

// below returns an object and all that is in it.
func (m *model) below(id catalog.ID) map[catalog.ID]bool {
	in := map[catalog.ID]bool{id: true}
	for range len(homes) { // deeper than any tree
		for child, n := range m.nodes {
			if in[n.parent] {
				in[child] = true
			}
		}
	}
	return in
}

func (m *model) grant(kinds *catalog.Kinds, on catalog.ID, to catalog.PrincipalID, ps []catalog.Privilege) []error {
	broken := m.checkGrant(kinds, on, to, ps)
	if len(broken) == 0 {
		for _, p := range ps {
			m.grants[catalog.Grant{On: on, To: to, Privilege: p}] = true
		}
	}
	return broken
}

func (m *model) revoke(kinds *catalog.Kinds, on catalog.ID, from catalog.PrincipalID, ps []catalog.Privilege) []error {
	broken := m.checkGrant(kinds, on, from, ps)
	if len(broken) == 0 {
		for _, p := range ps {
			maps.DeleteFunc(m.grants, func(g catalog.Grant, _ bool) bool {
				// spec §12.2: ALL PRIVILEGES takes the single ones with it, except three
				stands := p == catalog.AllPrivileges && g.Privilege != catalog.Manage &&
					g.Privilege != catalog.ExternalUseSchema && g.Privilege != catalog.ExternalUseLoc
				return g.On == on && g.To == from && (g.Privilege == p || stands)
			})
		}
	}
	return broken
}

func (m *model) checkGrant(kinds *catalog.Kinds, on catalog.ID, to catalog.PrincipalID, ps []catalog.Privilege) (broken []error) {
	n, there := m.nodes[on]
	p, exists := m.principals[to]
	if !there || !exists {
		broken = append(broken, catalog.ErrNotFound)
	}
	if p.t == catalog.System {
		broken = append(broken, catalog.ErrBuiltIn)
	}
	for _, p := range ps {
		if !kinds.Grantable(p, n.t) {
			broken = append(broken, errInvalid)
		}
	}
	return broken
}
