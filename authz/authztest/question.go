package authztest

import (
	"fmt"
	"iter"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// Verb is what a question asks for.
type Verb string

// The verbs, one for each method of an authoriser that decides.
const (
	Check  Verb = "check"
	Manage Verb = "manage"
	See    Verb = "see"
	Create Verb = "create"
	List   Verb = "list"
)

// Question is one question to an authoriser.
type Question struct {
	Verb      Verb
	Caller    catalog.PrincipalID
	Privilege catalog.Privilege     // of Check
	Type      catalog.SecurableType // of Create: what is to be made
	On        catalog.ID            // of Create: the parent
}

// Ask puts the question to an authoriser.
func (q Question) Ask(a *authz.Authorizer, s *catalog.Snapshot) authz.Decision {
	switch q.Verb {
	case Check:
		return a.Check(s, q.Caller, q.Privilege, q.On)
	case Manage:
		return a.Manage(s, q.Caller, q.On)
	case See:
		return a.See(s, q.Caller, q.On)
	case Create:
		return a.Create(s, q.Caller, q.Type, q.On)
	case List:
		return a.List(s, q.Caller, q.On)
	}
	return authz.Decision{}
}

// Callers returns everybody who may ask in a world, and some who are not in
// it: owners that are gone, and somebody who never was.
func (w World) Callers() []catalog.PrincipalID {
	callers := append(w.goneOwners(), absent)
	for _, p := range w.Principals {
		callers = append(callers, p.ID)
	}
	return callers
}

// absent is an id that no generated world reaches. Its lower part is that of an
// id that many do.
const absent = 1<<62 + 6

// Questions yields all questions that a caller can ask in a world: every
// privilege and every verb, on every object, and an unknown one of each.
func (w World) Questions(caller catalog.PrincipalID) iter.Seq[Question] {
	privileges := append(w.privileges(), "NO_SUCH_PRIVILEGE")
	types := []catalog.SecurableType{"no_such_kind"}
	for _, k := range w.Kinds {
		types = append(types, k.Type)
	}
	on := []catalog.ID{absent}
	for _, o := range w.Objects {
		on = append(on, o.ID)
	}
	return func(yield func(Question) bool) {
		for _, id := range on {
			for _, p := range privileges {
				if !yield(Question{Verb: Check, Caller: caller, Privilege: p, On: id}) {
					return
				}
			}
			for _, t := range types {
				if !yield(Question{Verb: Create, Caller: caller, Type: t, On: id}) {
					return
				}
			}
			for _, v := range w.verbs(id) {
				if !yield(Question{Verb: v, Caller: caller, On: id}) {
					return
				}
			}
		}
	}
}

// verbs are those that take nothing but an object. What nothing lives in is
// not asked what is in it: that is a law of its own.
func (w World) verbs(id catalog.ID) []Verb {
	if n, found := w.object(id); found && !w.isContainer(n) {
		return []Verb{Manage, See}
	}
	return []Verb{Manage, See, List}
}

// Format writes a question in the words of a scenario.
func (w World) Format(q Question) string {
	who, on := w.principalName(q.Caller), w.objectName(q.On)
	switch q.Verb {
	case Check:
		return fmt.Sprintf("%s %s %s", who, q.Privilege.SQL(), on)
	case Create:
		return fmt.Sprintf("%s to create %s in %s", who, q.Type, on)
	}
	return fmt.Sprintf("%s to %s %s", who, q.Verb, on)
}
