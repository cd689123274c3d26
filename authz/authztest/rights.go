package authztest

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// identities are those whose grants and ownership count for a caller: itself,
// the groups it is in, directly or through other groups, and account users
// (spec §12.3, ruling R20). Whoever is unknown, and the System user, which
// cannot act (ruling R19), has none.
func (w World) identities(p catalog.Principal) []catalog.PrincipalID {
	if p.Type == catalog.System {
		return nil
	}
	ids := []catalog.PrincipalID{p.ID}
	for i := 0; i < len(ids); i++ {
		for _, m := range w.Members {
			if m.Member == ids[i] && !slices.Contains(ids, m.Group) {
				ids = append(ids, m.Group)
			}
		}
	}
	if !slices.Contains(ids, catalog.AccountUsers) {
		ids = append(ids, catalog.AccountUsers)
	}
	return ids
}

// owns: the object belongs to the caller or to a group of the caller. Nobody
// is a deleted owner, so a deleted owner owns nothing (ruling R21).
func (o *Oracle) owns(p catalog.PrincipalID, n catalog.Node) bool {
	return slices.Contains(o.ids[p], n.Owner)
}

// granted: exactly this grant exists for one of the caller's identities.
func (o *Oracle) granted(p catalog.PrincipalID, priv catalog.Privilege, on catalog.Node) bool {
	return some(o.ids[p], func(id catalog.PrincipalID) bool {
		return slices.Contains(o.world.Grants, catalog.Grant{On: on.ID, To: id, Privilege: priv})
	})
}

// has: the privilege is granted on the object or on something above it, by
// name or by ALL PRIVILEGES, which is looked at when asked and stands for all
// privileges that take effect on the object, some excepted (spec §12.2). What
// is granted on the metastore counts there only.
func (o *Oracle) has(p catalog.PrincipalID, priv catalog.Privilege, on catalog.Node) bool {
	return some(o.world.upFrom(on), func(level catalog.Node) bool {
		if level.Type == catalog.TypeMetastore && on.ID != level.ID {
			return false
		}
		byName := o.granted(p, priv, level)
		byAll := priv.InAll() && o.world.applies(priv, on.Type) && o.granted(p, catalog.AllPrivileges, level)
		return byName || byAll
	})
}

// holds: granted, or the caller's own by ownership of the object, which brings
// every privilege but EXTERNAL USE SCHEMA (spec §12.4).
func (o *Oracle) holds(p catalog.PrincipalID, priv catalog.Privilege, on catalog.Node) bool {
	return o.owns(p, on) && priv != catalog.ExternalUseSchema || o.has(p, priv, on)
}

// passes: the caller holds the usage privilege of a container. Kinds without
// one let everybody pass.
func (o *Oracle) passes(p catalog.PrincipalID, c catalog.Node) bool {
	gate := o.world.kind(c.Type).Gate
	return gate == "" || o.holds(p, gate, c)
}

// usable: the caller passes every container above the object (spec §12.4).
func (o *Oracle) usable(p catalog.PrincipalID, on catalog.Node) bool {
	return every(o.world.above(on), func(c catalog.Node) bool { return o.passes(p, c) })
}

// managesAt: the ability to manage starts here, with ownership or with MANAGE
// granted on this very object. Owning the metastore is being its admin.
func (o *Oracle) managesAt(p catalog.PrincipalID, level catalog.Node) bool {
	return o.owns(p, level) || o.granted(p, catalog.Manage, level)
}

// canManage: the ability to manage comes from the object or from something
// above it, whether or not the usage privileges are there too (spec §12.4).
func (o *Oracle) canManage(p catalog.PrincipalID, on catalog.Node) bool {
	return some(o.world.upFrom(on), func(level catalog.Node) bool { return o.managesAt(p, level) })
}

// some and every are the quantifiers: "there is one" and "for all".
func some[E any](all []E, is func(E) bool) bool { return slices.ContainsFunc(all, is) }

func every[E any](all []E, is func(E) bool) bool {
	return !some(all, func(e E) bool { return !is(e) })
}
