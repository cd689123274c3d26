package authztest

import (
	"iter"
	"slices"

	"github.com/modelward/modelward/catalog"
)

// Oracle answers questions about one world by definition. Each definition is
// one function that says what the specification says, in the same order and
// with the quantifiers spelled out. It works from the world's own rows, put
// into tables when the oracle is made, and from nothing else.
//
// An Oracle is not changed by being asked and may be used from any number of
// goroutines.
type Oracle struct {
	world World
	*tables
}

// Answer is what an oracle says to a question.
type Answer struct {
	Allowed bool
	Visible bool // may the caller know that the object of the question exists
}

// NewOracle returns the oracle of a world. The world must not be changed
// afterwards.
func NewOracle(w World) *Oracle { return &Oracle{w, newTables(w, newPapers(w))} }

// of returns the oracle of a world with the same kinds.
func (o *Oracle) of(w World) *Oracle { return &Oracle{w, newTables(w, o.papers)} }

// Answer answers a question. Whatever it does not know, caller, object, kind,
// privilege or verb, it denies (invariant I32).
func (o *Oracle) Answer(q Question) Answer {
	c := o.asker(q.Caller)
	on, found := o.objects[q.On]
	if !found {
		return Answer{}
	}
	return c.answer(q, on, c.visible(on))
}

// Answers answers all the questions of one caller, as [World.Questions] yields
// them.
func (o *Oracle) Answers(caller catalog.PrincipalID, questions iter.Seq[Question]) []Answer {
	var (
		all     []Answer
		c       = o.asker(caller)
		last    catalog.ID
		on      catalog.Node
		found   bool
		visible bool
	)
	for q := range questions {
		if q.On != last { // what one object says to all questions about it is worked out once
			on, found = o.objects[q.On]
			visible = found && c.visible(on)
			last = q.On
		}
		if !found {
			all = append(all, Answer{})
			continue
		}
		all = append(all, c.answer(q, on, visible))
	}
	return all
}

// answer answers a question about an object of which it is known whether it
// may be known.
func (c *asker) answer(q Question, on catalog.Node, visible bool) Answer {
	if len(c.ids) == 0 {
		return Answer{}
	}
	a := Answer{Visible: visible}
	switch q.Verb {
	case Check:
		a.Allowed = c.mayUse(q.Privilege, on)
	case Manage:
		a.Allowed = c.mayManage(on)
	case See:
		a.Allowed = c.maySee(on)
	case Create:
		a.Allowed = c.mayCreate(q.Type, on)
	case List:
		a.Allowed = c.mayList(on)
	}
	return a
}

// mayUse: usage privileges on every container above, and the privilege itself
// (spec §12.4, "EXECUTE ok"). A privilege that does not take effect on that
// kind of object is nobody's.
func (c *asker) mayUse(priv catalog.Privilege, on catalog.Node) bool {
	return c.applies(priv, on.Type) && c.usable(on) && c.holds(priv, on)
}

// mayManage: there is a level, at or above the object, where the ability to
// manage comes from, and the caller has the usage privilege of every container
// strictly above that level (spec §12.4, "manage ok", and the newer usage rule
// of §12.2).
func (c *asker) mayManage(on catalog.Node) bool {
	return some(c.upFrom(on), func(level catalog.Node) bool {
		return c.managesAt(level) && c.usable(level)
	})
}

// maySee: whether the caller may read an object's metadata. In a schema that
// is ruling R18; of containers it is ruling R17, and a schema's catalog must
// be usable besides, or the schema managed (ruling R9).
func (c *asker) maySee(on catalog.Node) bool {
	switch on.Type {
	case catalog.TypeMetastore, catalog.TypeCatalog:
		return c.visible(on)
	case catalog.TypeSchema:
		return c.visible(on) && (c.usable(on) || c.mayManage(on))
	}
	return c.metadata(on)
}

// metadata is ruling R18: manage ok, or usable and one of owner, MANAGE and
// what reveals an object of this kind.
func (c *asker) metadata(on catalog.Node) bool {
	return c.mayManage(on) ||
		c.usable(on) && (c.owns(on) || c.has(catalog.Manage, on) ||
			some(c.kinds[on.Type].Reveals, func(priv catalog.Privilege) bool { return c.has(priv, on) }))
}

// mayCreate: the usage privilege of every container, the parent included, and
// the privilege that creates this kind, on the parent (spec §3.1, ruling R19).
// A kind that no privilege creates is created by the parent's owner.
func (c *asker) mayCreate(t catalog.SecurableType, parent catalog.Node) bool {
	kind := c.kinds[t]
	if kind.Parent == "" || kind.Parent != parent.Type {
		return false
	}
	if !c.usable(parent) || !c.passes(parent) {
		return false
	}
	return c.owns(parent) || kind.Create != "" && c.has(kind.Create, parent)
}

// mayList: every container down to this one has its usage privilege held, or
// can be managed (spec §3.1 list, §12.4 "usable" for management).
func (c *asker) mayList(on catalog.Node) bool {
	return c.containers[on.Type] && every(c.upFrom(on), func(level catalog.Node) bool {
		return level.Type == catalog.TypeMetastore || c.passes(level) || c.canManage(level)
	})
}

// visible: whether the caller may know that the object exists. The metastore
// is known to everybody; containers follow ruling R17; of all else, existence
// is metadata.
func (c *asker) visible(on catalog.Node) bool {
	switch {
	case len(c.ids) == 0:
		return false
	case on.Type == catalog.TypeMetastore:
		return true
	case !c.containers[on.Type]:
		return c.metadata(on)
	}
	if c.owns(on) || c.mayManage(on) || len(c.held[on.ID]) > 0 {
		return true
	}
	return some(c.above(on), func(level catalog.Node) bool {
		return level.Type != catalog.TypeMetastore && some(c.held[level.ID], func(priv catalog.Privilege) bool {
			return c.grantable(priv, on.Type)
		})
	})
}

// some and every are the quantifiers: "there is one" and "for all".
func some[E any](all []E, is func(E) bool) bool { return slices.ContainsFunc(all, is) }

func every[E any](all []E, is func(E) bool) bool {
	return !some(all, func(e E) bool { return !is(e) })
}
