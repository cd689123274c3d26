package authztest

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// asker is a caller with all that counts for it.
type asker struct {
	*tables
	ids  []catalog.PrincipalID              // identities; none of whoever cannot act
	held map[catalog.ID][]catalog.Privilege // what is granted to any of them, by object
}

func (o *Oracle) asker(p catalog.PrincipalID) *asker {
	c := &asker{o.tables, o.identities(p), map[catalog.ID][]catalog.Privilege{}}
	for _, id := range c.ids {
		for _, g := range o.grants[id] {
			c.held[g.On] = append(c.held[g.On], g.Privilege)
		}
	}
	return c
}

// identities are those whose grants and ownership count for a caller: itself,
// the groups it is in, directly or through other groups, and account users
// (spec §12.3, ruling R20). Whoever is unknown, and the System user, which
// cannot act (ruling R19), has none.
func (o *Oracle) identities(p catalog.PrincipalID) []catalog.PrincipalID {
	t, found := o.principals[p]
	if !found || t == catalog.System {
		return nil
	}
	ids := []catalog.PrincipalID{p}
	in := map[catalog.PrincipalID]bool{p: true}
	for i := 0; i < len(ids); i++ {
		for _, group := range o.groups[ids[i]] {
			if !in[group] {
				in[group] = true
				ids = append(ids, group)
			}
		}
	}
	if !in[catalog.AccountUsers] {
		ids = append(ids, catalog.AccountUsers)
	}
	slices.Sort(ids)
	return ids
}

// owns: the object belongs to the caller or to a group of the caller. Nobody
// is a deleted owner, so a deleted owner owns nothing (ruling R21).
func (c *asker) owns(n catalog.Node) bool {
	return slices.Contains(c.ids, n.Owner)
}

// granted: exactly this grant exists for one of the caller's identities.
func (c *asker) granted(priv catalog.Privilege, on catalog.Node) bool {
	return slices.Contains(c.held[on.ID], priv)
}

// has: the privilege is granted on the object or on something above it, by
// name or by ALL PRIVILEGES, which is looked at when asked and stands for all
// privileges that take effect on the object, some excepted (spec §12.2). What
// is granted on the metastore counts there only.
func (c *asker) has(priv catalog.Privilege, on catalog.Node) bool {
	inAll := priv.InAll() && c.applies(priv, on.Type)
	return some(c.upFrom(on), func(level catalog.Node) bool {
		if level.Type == catalog.TypeMetastore && on.ID != level.ID {
			return false
		}
		return c.granted(priv, level) || inAll && c.granted(catalog.AllPrivileges, level)
	})
}

// holds: granted, or the caller's own by ownership of the object, which brings
// every privilege but EXTERNAL USE SCHEMA (spec §12.4).
func (c *asker) holds(priv catalog.Privilege, on catalog.Node) bool {
	return c.owns(on) && priv != catalog.ExternalUseSchema || c.has(priv, on)
}

// passes: the caller holds the usage privilege of a container. Kinds without
// one let everybody pass.
func (c *asker) passes(container catalog.Node) bool {
	gate := c.kinds[container.Type].Gate
	return gate == "" || c.holds(gate, container)
}

// usable: the caller passes every container above the object (spec §12.4).
func (c *asker) usable(on catalog.Node) bool {
	return every(c.above(on), c.passes)
}

// managesAt: the ability to manage starts here, with ownership or with MANAGE
// granted on this very object. Owning the metastore is being its admin.
func (c *asker) managesAt(level catalog.Node) bool {
	return c.owns(level) || c.granted(catalog.Manage, level)
}

// canManage: the ability to manage comes from the object or from something
// above it, whether or not the usage privileges are there too (spec §12.4).
func (c *asker) canManage(on catalog.Node) bool {
	return some(c.upFrom(on), c.managesAt)
}
