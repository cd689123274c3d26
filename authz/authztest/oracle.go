package authztest

import (
	"slices"

	"github.com/modelward/modelward/catalog"
)

// Oracle answers questions about one world by definition. It is slow on
// purpose: each definition is one function that says what the specification
// says, in the same order and with the quantifiers spelled out.
//
// An Oracle is not changed by being asked and may be used from any number of
// goroutines.
type Oracle struct {
	world World
	ids   map[catalog.PrincipalID][]catalog.PrincipalID // identities of everybody
}

// Answer is what an oracle says to a question.
type Answer struct {
	Allowed bool
	Visible bool // may the caller know that the object of the question exists
}

// NewOracle returns the oracle of a world. The world must not be changed
// afterwards.
func NewOracle(w World) *Oracle {
	o := &Oracle{w, map[catalog.PrincipalID][]catalog.PrincipalID{}}
	for _, p := range w.Principals {
		o.ids[p.ID] = w.identities(p)
	}
	return o
}

// Answer answers a question. Whatever it does not know, caller, object, kind,
// privilege or verb, it denies (invariant I32).
func (o *Oracle) Answer(q Question) Answer {
	on, found := o.world.object(q.On)
	if !found || len(o.ids[q.Caller]) == 0 {
		return Answer{}
	}
	a := Answer{Visible: o.visible(q.Caller, on)}
	switch q.Verb {
	case Check:
		a.Allowed = o.mayUse(q.Caller, q.Privilege, on)
	case Manage:
		a.Allowed = o.mayManage(q.Caller, on)
	case See:
		a.Allowed = o.maySee(q.Caller, on)
	case Create:
		a.Allowed = o.mayCreate(q.Caller, q.Type, on)
	case List:
		a.Allowed = o.mayList(q.Caller, on)
	}
	return a
}

// mayUse: usage privileges on every container above, and the privilege itself
// (spec §12.4, "EXECUTE ok"). A privilege that does not take effect on that
// kind of object is nobody's.
func (o *Oracle) mayUse(p catalog.PrincipalID, priv catalog.Privilege, on catalog.Node) bool {
	return o.world.applies(priv, on.Type) && o.usable(p, on) && o.holds(p, priv, on)
}

// mayManage: there is a level, at or above the object, where the ability to
// manage comes from, and the caller has the usage privilege of every container
// strictly above that level (spec §12.4, "manage ok", and the newer usage rule
// of §12.2).
func (o *Oracle) mayManage(p catalog.PrincipalID, on catalog.Node) bool {
	return some(o.world.upFrom(on), func(level catalog.Node) bool {
		return o.managesAt(p, level) && o.usable(p, level)
	})
}

// maySee: whether the caller may read an object's metadata. In a schema that
// is ruling R18; of containers it is ruling R17, and a schema's catalog must
// be usable besides, or the schema managed (ruling R9).
func (o *Oracle) maySee(p catalog.PrincipalID, on catalog.Node) bool {
	switch on.Type {
	case catalog.TypeMetastore, catalog.TypeCatalog:
		return o.visible(p, on)
	case catalog.TypeSchema:
		return o.visible(p, on) && (o.usable(p, on) || o.mayManage(p, on))
	}
	return o.metadata(p, on)
}

// metadata is ruling R18: manage ok, or usable and one of owner, MANAGE and
// what reveals an object of this kind.
func (o *Oracle) metadata(p catalog.PrincipalID, on catalog.Node) bool {
	reveals := append([]catalog.Privilege{catalog.Manage}, o.world.kind(on.Type).Reveals...)
	return o.mayManage(p, on) ||
		o.usable(p, on) && (o.owns(p, on) || some(reveals, func(priv catalog.Privilege) bool {
			return o.has(p, priv, on)
		}))
}

// mayCreate: the usage privilege of every container, the parent included, and
// the privilege that creates this kind, on the parent (spec §3.1, ruling R19).
// A kind that no privilege creates is created by the parent's owner.
func (o *Oracle) mayCreate(p catalog.PrincipalID, t catalog.SecurableType, parent catalog.Node) bool {
	kind := o.world.kind(t)
	if kind.Parent == "" || kind.Parent != parent.Type {
		return false
	}
	if !o.usable(p, parent) || !o.passes(p, parent) {
		return false
	}
	return o.owns(p, parent) || kind.Create != "" && o.has(p, kind.Create, parent)
}

// mayList: every container down to this one has its usage privilege held, or
// can be managed (spec §3.1 list, §12.4 "usable" for management).
func (o *Oracle) mayList(p catalog.PrincipalID, on catalog.Node) bool {
	if !o.world.isContainer(on) {
		return false
	}
	return every(o.world.upFrom(on), func(c catalog.Node) bool {
		return c.Type == catalog.TypeMetastore || o.passes(p, c) || o.canManage(p, c)
	})
}

// visible: whether the caller may know that the object exists. The metastore
// is known to everybody; containers follow ruling R17; of all else, existence
// is metadata.
func (o *Oracle) visible(p catalog.PrincipalID, on catalog.Node) bool {
	if on.Type == catalog.TypeMetastore {
		return true
	}
	if !o.world.isContainer(on) {
		return o.metadata(p, on)
	}
	if o.owns(p, on) || o.mayManage(p, on) {
		return true
	}
	return some(o.world.Grants, func(g catalog.Grant) bool {
		if !slices.Contains(o.ids[p], g.To) {
			return false
		}
		inherited := some(o.world.above(on), func(c catalog.Node) bool {
			return c.ID == g.On && c.Type != catalog.TypeMetastore
		})
		return g.On == on.ID || inherited && o.world.grantable(g.Privilege, on.Type)
	})
}
