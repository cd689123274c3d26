package bench

import "github.com/modelward/modelward/catalog"

// walk is the floor under an authorizer: what one would write by hand to
// answer a single question, may this user EXECUTE that model, over maps that
// are ready before it is asked. It knows no other privilege, gives no reason,
// and knows nothing of a change.
type walk struct {
	nodes   map[catalog.ID]walkNode
	members map[catalog.PrincipalID]bits // the user and all groups the user is in
}

// rights are the three that it takes to use a model, as bits.
type rights uint8

const (
	useCatalog rights = 1 << iota
	useSchema
	execute
	allThree = useCatalog | useSchema | execute
)

type walkNode struct {
	parent catalog.ID
	owner  catalog.PrincipalID
	owning rights // what the owner holds by owning
	grants []walkGrant
}

type walkGrant struct {
	to    catalog.PrincipalID
	gives rights
}

// bits is a set of principals.
type bits []uint64

func (b bits) has(p catalog.PrincipalID) bool {
	return int(p/64) < len(b) && b[p/64]&(1<<(p%64)) != 0
}

// may walks from the model up to its catalog and adds up what it meets.
func (w *walk) may(user catalog.PrincipalID, model catalog.ID) bool {
	in := w.members[user]
	var held rights
	for id := model; id != catalog.MetastoreID; {
		node, ok := w.nodes[id]
		if !ok {
			return false
		}
		if in.has(node.owner) {
			held |= node.owning
		}
		for _, g := range node.grants {
			if in.has(g.to) {
				held |= g.gives
			}
		}
		if held == allThree {
			return true
		}
		id = node.parent
	}
	return false
}

// holds is a walk for one right alone, wherever it comes from.
func (w *walk) holds(user catalog.PrincipalID, id catalog.ID, right rights) bool {
	in := w.members[user]
	for id != catalog.MetastoreID {
		node := w.nodes[id]
		held := rights(0)
		if in.has(node.owner) {
			held = node.owning
		}
		for _, g := range node.grants {
			if in.has(g.to) {
				held |= g.gives
			}
		}
		if held&right != 0 {
			return true
		}
		id = node.parent
	}
	return false
}

// newWalk makes the maps from a catalog.
func newWalk(s *catalog.Snapshot) *walk {
	w := &walk{nodes: map[catalog.ID]walkNode{}, members: map[catalog.PrincipalID]bits{}}
	for _, level := range []struct {
		kind   catalog.SecurableType
		owning rights
		all    rights // what ALL PRIVILEGES stands for here
	}{
		{catalog.TypeCatalog, useCatalog, allThree},
		{catalog.TypeSchema, useSchema, useSchema | execute},
		{catalog.TypeModel, execute, execute},
		{"model_service", execute, execute},
	} {
		gives := map[catalog.Privilege]rights{
			catalog.UseCatalog: useCatalog, catalog.UseSchema: useSchema,
			catalog.Execute: execute, catalog.AllPrivileges: level.all,
		}
		for node := range s.All(level.kind) {
			n := walkNode{parent: node.Parent, owner: node.Owner, owning: level.owning}
			for g := range s.GrantsOn(node.ID) {
				if gives[g.Privilege] != 0 {
					n.grants = append(n.grants, walkGrant{g.To, gives[g.Privilege]})
				}
			}
			w.nodes[node.ID] = n
		}
	}
	for user := range s.Principals(catalog.User) {
		in := map[catalog.PrincipalID]bool{catalog.AccountUsers: true}
		collect(s, user.ID, in)
		w.members[user.ID] = newBits(in)
	}
	return w
}

// collect adds p and all groups it is in.
func collect(s *catalog.Snapshot, p catalog.PrincipalID, in map[catalog.PrincipalID]bool) {
	if in[p] {
		return
	}
	in[p] = true
	for group := range s.MemberOf(p) {
		collect(s, group, in)
	}
}

func newBits(set map[catalog.PrincipalID]bool) bits {
	var b bits
	for p := range set {
		for int(p/64) >= len(b) {
			b = append(b, 0)
		}
		b[p/64] |= 1 << (p % 64)
	}
	return b
}
