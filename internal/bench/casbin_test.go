package bench

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/casbin/casbin/v3"
	"github.com/casbin/casbin/v3/model"
	"github.com/casbin/casbin/v3/persist/cache"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
)

// casbinRules asks for one right of three. The request brings the names of the
// containers with it, as a program that has the model's full name can; that is
// faster than a second role definition for the tree. What is cheapest to refuse
// comes first.
const casbinRules = `
[request_definition]
r = sub, obj, parent, grandparent, act
[policy_definition]
p = sub, obj, act
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.act == p.act && (r.obj == p.obj || r.parent == p.obj || r.grandparent == p.obj) && g(r.sub, p.sub)
`

// casbinEngine is casbin with the facts of a catalog: a rule for each grant
// and each ownership, a role link for each membership.
type casbinEngine struct {
	enforcer *casbin.CachedEnforcer
	snapshot *catalog.Snapshot
}

func newCasbin(tb testing.TB, s *catalog.Snapshot) *casbinEngine {
	tb.Helper()
	rules, err := model.NewModelFromString(casbinRules)
	if err != nil {
		tb.Fatal(err)
	}
	enforcer, err := casbin.NewCachedEnforcer(rules)
	if err != nil {
		tb.Fatal(err)
	}
	var policies, links [][]string
	for _, level := range levels() {
		for node := range s.All(level.kind) {
			policies = append(policies, []string{name(node.Owner), name(node.ID), string(level.byOwning)})
			for g := range s.GrantsOn(node.ID) {
				policies = append(policies, []string{name(g.To), name(g.On), string(g.Privilege)})
			}
		}
	}
	for _, kind := range []catalog.PrincipalType{catalog.Group, catalog.User} {
		for p := range s.Principals(kind) {
			for group := range s.MemberOf(p.ID) {
				links = append(links, []string{name(p.ID), name(group)})
			}
		}
	}
	if ok, err := enforcer.AddPolicies(policies); !ok || err != nil {
		tb.Fatalf("casbin took the rules: %v, %v", ok, err)
	}
	if ok, err := enforcer.AddGroupingPolicies(links); !ok || err != nil {
		tb.Fatalf("casbin took the links: %v, %v", ok, err)
	}
	return &casbinEngine{enforcer, s}
}

// name is what engines that want text call an object or a principal.
func name[T ~uint64](id T) string { return strconv.FormatUint(uint64(id), 36) }

// level is a kind of securable and what its owner holds on it.
type level struct {
	kind     catalog.SecurableType
	byOwning catalog.Privilege
}

func levels() []level {
	return []level{
		{catalog.TypeCatalog, catalog.UseCatalog}, {catalog.TypeSchema, catalog.UseSchema},
		{catalog.TypeModel, catalog.Execute}, {modelservice.TypeModelService, catalog.Execute},
	}
}

// path is the three requests that one question takes.
type path [3][]any

func (e *casbinEngine) path(q *question) path {
	model, _ := e.snapshot.Node(q.model)
	schema, _ := e.snapshot.Node(model.Parent)
	user, leaf, middle, top := name(q.user), name(model.ID), name(schema.ID), name(schema.Parent)
	return path{
		{user, top, "", "", string(catalog.UseCatalog)},
		{user, middle, top, "", string(catalog.UseSchema)},
		{user, leaf, middle, top, string(catalog.Execute)},
	}
}

func (p *path) may(enforce func(...any) (bool, error)) (bool, error) {
	for _, request := range p {
		if ok, err := enforce(request...); !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}

// uncached is how many questions casbin is asked without its cache: it looks at
// every rule until one fits.
const uncached = 16

// sides returns casbin's cache when it has the answer, and casbin without it.
func (e *casbinEngine) sides(tb testing.TB, w *walk, questions []question) []side {
	tb.Helper()
	stale, err := e.stale(questions)
	if err != nil {
		tb.Fatal(err)
	}
	state := "right"
	if stale {
		state = "wrong"
	}
	if err := e.fill(w, questions); err != nil {
		tb.Fatal(err)
	}
	hit := e.asked(fmt.Sprintf("a hit in casbin's cache (%s after a grant)", state), questions, e.enforcer.Enforce)
	plain := e.asked("casbin", some(questions, uncached), e.enforcer.Enforcer.Enforce)
	plain.most = uncached
	return []side{hit, plain}
}

func (e *casbinEngine) asked(name string, questions []question, enforce func(...any) (bool, error)) side {
	paths := make([]path, len(questions))
	for i := range questions {
		paths[i] = e.path(&questions[i])
	}
	return asking(name, questions, func(i int) (bool, error) { return paths[i].may(enforce) })
}

// fill puts into the cache what casbin would answer to all that is asked. It
// would take minutes to let it find that out; the walk knows.
func (e *casbinEngine) fill(w *walk, questions []question) error {
	full, err := cache.NewDefaultCache()
	if err != nil {
		return err
	}
	for i := range questions {
		q := &questions[i]
		requests := e.path(q)
		model := w.nodes[q.model]
		schema := w.nodes[model.parent]
		for k, holds := range [...]bool{
			w.holds(q.user, schema.parent, useCatalog), w.holds(q.user, model.parent, useSchema), w.holds(q.user, q.model, execute),
		} {
			key, ok := casbin.GetCacheKey(requests[k]...)
			if !ok {
				return fmt.Errorf("casbin has no key for %v", requests[k])
			}
			if err := full.Set(key, holds); err != nil {
				return err
			}
		}
	}
	e.enforcer.SetCache(full)
	return nil
}

// stale reports whether casbin's cache still refuses what a grant on a model
// has allowed since. It leaves everything as it was.
func (e *casbinEngine) stale(questions []question) (bool, error) {
	for i := range questions {
		request := e.path(&questions[i])[2]
		before, err := e.enforcer.Enforce(request...)
		if err != nil {
			return false, err
		}
		if before {
			continue
		}
		rule := []any{request[0], request[1], request[4]}
		if _, err := e.enforcer.AddPolicy(rule...); err != nil {
			return false, err
		}
		cached, err := e.enforcer.Enforce(request...)
		if err != nil {
			return false, err
		}
		fresh, err := e.enforcer.Enforcer.Enforce(request...)
		if err != nil {
			return false, err
		}
		if !fresh {
			return false, errors.New("casbin refuses what a rule has allowed")
		}
		_, removed := e.enforcer.RemovePolicy(rule...)
		return cached != fresh, errors.Join(removed, e.enforcer.InvalidateCache())
	}
	return false, errors.New("no question that casbin answers with no")
}
