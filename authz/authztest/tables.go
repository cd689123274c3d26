package authztest

import "github.com/modelward/modelward/catalog"

// tables are the rows of a world, put so that each is found at once: they hold
// no conclusion, only rows.
type tables struct {
	*papers
	principals map[catalog.PrincipalID]catalog.PrincipalType
	groups     map[catalog.PrincipalID][]catalog.PrincipalID // by member: the groups it was added to
	objects    map[catalog.ID]catalog.Node
	levels     map[catalog.ID][]catalog.Node           // by object: itself and its containers, the nearest first
	grants     map[catalog.PrincipalID][]catalog.Grant // by whom they are given to
}

func newTables(w World, p *papers) *tables {
	t := &tables{
		papers:     p,
		principals: map[catalog.PrincipalID]catalog.PrincipalType{},
		groups:     map[catalog.PrincipalID][]catalog.PrincipalID{},
		objects:    map[catalog.ID]catalog.Node{},
		levels:     map[catalog.ID][]catalog.Node{},
		grants:     map[catalog.PrincipalID][]catalog.Grant{},
	}
	for _, p := range w.Principals {
		t.principals[p.ID] = p.Type
	}
	for _, m := range w.Members {
		t.groups[m.Member] = append(t.groups[m.Member], m.Group)
	}
	for _, o := range w.Objects {
		t.objects[o.ID] = o
	}
	for _, o := range w.Objects {
		for level, found := o, true; found; level, found = t.objects[level.Parent] {
			t.levels[o.ID] = append(t.levels[o.ID], level)
		}
	}
	for _, g := range w.Grants {
		t.grants[g.To] = append(t.grants[g.To], g)
	}
	return t
}

// above returns the containers of an object, the nearest first, the metastore
// last.
func (t *tables) above(on catalog.Node) []catalog.Node { return t.levels[on.ID][1:] }

// upFrom returns the object and then its containers.
func (t *tables) upFrom(on catalog.Node) []catalog.Node { return t.levels[on.ID] }

// papers is what the kinds of a world say, worked out once by the definitions
// of [World].
type papers struct {
	kinds                map[catalog.SecurableType]catalog.Kind
	containers           map[catalog.SecurableType]bool
	applying, grantables map[kindPrivilege]bool
}

type kindPrivilege struct {
	t catalog.SecurableType
	p catalog.Privilege
}

func newPapers(w World) *papers {
	p := &papers{
		kinds:      map[catalog.SecurableType]catalog.Kind{},
		containers: map[catalog.SecurableType]bool{},
		applying:   map[kindPrivilege]bool{},
		grantables: map[kindPrivilege]bool{},
	}
	privileges := w.privileges()
	for _, k := range w.Kinds {
		p.kinds[k.Type] = k
		p.containers[k.Parent] = true
		for _, priv := range privileges {
			p.applying[kindPrivilege{k.Type, priv}] = w.applies(priv, k.Type)
			p.grantables[kindPrivilege{k.Type, priv}] = w.grantable(priv, k.Type)
		}
	}
	return p
}

// applies is [World.applies].
func (p *papers) applies(priv catalog.Privilege, t catalog.SecurableType) bool {
	return p.applying[kindPrivilege{t, priv}]
}

// grantable is [World.grantable].
func (p *papers) grantable(priv catalog.Privilege, t catalog.SecurableType) bool {
	return p.grantables[kindPrivilege{t, priv}]
}
