package authztest

import (
	"slices"

	"github.com/modelward/modelward/catalog"
	"pgregory.net/rapid"
)

// principals returns everybody of the given kinds.
func principals(tx *catalog.Tx, types ...catalog.PrincipalType) []catalog.PrincipalID {
	var ids []catalog.PrincipalID
	for _, pt := range types {
		for p := range tx.Principals(pt) {
			ids = append(ids, p.ID)
		}
	}
	return ids
}

// objects returns everything there is, the metastore included.
func objects(tx *catalog.Tx) []catalog.Node {
	var all []catalog.Node
	for _, t := range tx.Kinds().Types() {
		all = slices.AppendSeq(all, tx.All(t))
	}
	return all
}

// drawActor draws somebody who can be granted something.
func drawActor(t *rapid.T, tx *catalog.Tx) catalog.PrincipalID {
	all := principals(tx, catalog.User, catalog.ServicePrincipal, catalog.Group)
	return rapid.SampledFrom(all).Draw(t, "principal")
}

// drawOwner draws somebody who can own something: seldom everybody at once.
func drawOwner(t *rapid.T, tx *catalog.Tx) catalog.PrincipalID {
	all := principals(tx, catalog.System, catalog.User, catalog.ServicePrincipal, catalog.Group)
	owner := rapid.SampledFrom(all).Draw(t, "owner")
	if owner == catalog.AccountUsers && rapid.IntRange(0, 3).Draw(t, "not everybody") > 0 {
		return catalog.SystemUser
	}
	return owner
}

// drawMortal draws somebody who can be deleted, making one if there is none.
func drawMortal(t *rapid.T, tx *catalog.Tx) catalog.PrincipalID {
	all := slices.DeleteFunc(principals(tx, catalog.User, catalog.ServicePrincipal, catalog.Group),
		func(p catalog.PrincipalID) bool { return p == catalog.AccountUsers || p == catalog.MetastoreAdmins })
	if len(all) == 0 {
		id, err := tx.CreatePrincipal(catalog.User, "mayfly")
		must(t, err)
		return id
	}
	return rapid.SampledFrom(all).Draw(t, "mortal")
}

// drawNode draws an object on which something can be granted.
func drawNode(t *rapid.T, tx *catalog.Tx) catalog.Node {
	return rapid.SampledFrom(objects(tx)).Draw(t, "object")
}

// drawCaller draws somebody to ask in a world, known or not.
func drawCaller(t *rapid.T, w World) catalog.PrincipalID {
	return rapid.SampledFrom(w.Callers()).Draw(t, "caller")
}
