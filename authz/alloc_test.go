package authz_test

import (
	"testing"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/authz/authztest"
	"github.com/modelward/modelward/catalog"
)

// Deciding is on the path of every request: it allocates nothing, whatever is
// asked and whatever the answer. Nor do the look-ups that go with it.
func TestDecisionsAllocateNothing(t *testing.T) {
	s, allowed, denied := benchQuestions(t)
	a := authz.New(nil)
	name := s.FullName(allowed.On)
	node, _ := s.Node(allowed.On)
	for what, ask := range map[string]func(authztest.Question){
		"check":       func(q authztest.Question) { a.Check(s, q.Caller, q.Privilege, q.On) },
		"manage":      func(q authztest.Question) { a.Manage(s, q.Caller, q.On) },
		"see":         func(q authztest.Question) { a.See(s, q.Caller, q.On) },
		"create":      func(q authztest.Question) { a.Create(s, q.Caller, catalog.TypeModel, q.On) },
		"list":        func(q authztest.Question) { a.List(s, q.Caller, q.On) },
		"look up":     func(authztest.Question) { s.Lookup(node.Type, name) },
		"memberships": func(q authztest.Question) { s.Memberships(q.Caller).Has(q.Caller) },
		"principal":   func(q authztest.Question) { s.Principal(q.Caller) },
		"compiled":    func(q authztest.Question) { s.Compiled(q.On) },
	} {
		parent := allowed
		parent.On = node.Parent
		for kind, q := range map[string]authztest.Question{"allowed": allowed, "denied": denied, "container": parent} {
			if n := testing.AllocsPerRun(100, func() { ask(q) }); n != 0 {
				t.Errorf("%s, %s: %v allocations", what, kind, n)
			}
		}
	}
}
