package authztest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
)

// graph is a shape of groups in groups. Group i may be in groups with lower
// numbers only.
type graph struct {
	name   string
	groups int
	edges  func(rng *rand.Rand, n int) []edge
}

// edge says that one group is a member of another.
type edge struct{ group, member int }

var graphs = []graph{
	{"chain", 10_000, func(_ *rand.Rand, n int) []edge {
		var all []edge
		for i := 1; i < n; i++ {
			all = append(all, edge{i - 1, i})
		}
		return all
	}},
	{"many in one", 10_000, func(_ *rand.Rand, n int) []edge {
		var all []edge
		for i := 1; i < n; i++ {
			all = append(all, edge{0, i})
		}
		return all
	}},
	{"one in many", 10_000, func(_ *rand.Rand, n int) []edge {
		var all []edge
		for i := range n - 1 {
			all = append(all, edge{i, n - 1})
		}
		return all
	}},
	// From the bottom to the top there are 2^(n/2) ways.
	{"diamonds", 2_000, func(_ *rand.Rand, n int) []edge {
		var all []edge
		for i := 2; i < n; i++ {
			above := i/2*2 - 2
			all = append(all, edge{above, i}, edge{above + 1, i})
		}
		return all
	}},
	{"tree", 10_000, func(rng *rand.Rand, n int) []edge {
		var all []edge
		for i := 1; i < n; i++ {
			all = append(all, edge{rng.IntN(i), i})
		}
		return all
	}},
	{"anything", 10_000, func(rng *rand.Rand, n int) []edge {
		var all []edge
		for range 3 * n {
			i := 1 + rng.IntN(n-1)
			all = append(all, edge{max(0, i-1-rng.IntN(50)), i})
		}
		return all
	}},
}

// nest is a catalog with a graph of groups, the same in rows, and a service
// that some groups may use.
type nest struct {
	t       *testing.T
	a       *authz.Authorizer
	rng     *rand.Rand
	store   catalog.Store
	c       *catalog.Catalog
	truth   *Oracle
	groups  []catalog.PrincipalID
	user    catalog.PrincipalID // in the last group
	service catalog.ID
}

func newNest(t *testing.T, a *authz.Authorizer, g graph, groups int) *nest {
	t.Helper()
	n := &nest{t: t, a: a, rng: rand.New(rand.NewPCG(uint64(groups), 2)), store: &storyStore{MemoryStore: catalog.NewMemoryStore()}}
	n.c = n.open()
	n.truth = NewOracle(WorldOf(n.c.Snapshot()).plain())
	edges := g.edges(n.rng, groups)
	// Whoever is put into a group is checked against all above it: this way
	// there is nothing above yet.
	slices.SortStableFunc(edges, func(a, b edge) int { return b.group - a.group })
	n.update(func(tx *catalog.Tx, w World) World {
		w.Principals = slices.Clone(w.Principals)
		add := func(t catalog.PrincipalType, name string) catalog.PrincipalID {
			id, err := tx.CreatePrincipal(t, name)
			n.must(err)
			w.Principals = append(w.Principals, catalog.Principal{ID: id, Type: t, Name: name})
			return id
		}
		for i := range groups {
			n.groups = append(n.groups, add(catalog.Group, fmt.Sprintf("g%d", i)))
		}
		n.user = add(catalog.User, "user")
		members := map[Membership]bool{{n.groups[groups-1], n.user}: true}
		n.must(tx.AddMember(n.groups[groups-1], n.user))
		for _, e := range edges {
			m := Membership{n.groups[e.group], n.groups[e.member]}
			n.must(tx.AddMember(m.Group, m.Member))
			members[m] = true
		}
		for m := range members {
			w.Members = append(w.Members, m)
		}
		parent := catalog.MetastoreID
		for _, kind := range []catalog.SecurableType{catalog.TypeCatalog, catalog.TypeSchema, TypeService} {
			id, err := tx.Create(catalog.Draft{Type: kind, Parent: parent, Name: "it", Owner: catalog.SystemUser})
			n.must(err)
			w = w.withObject(catalog.Node{ID: id, Type: kind, Parent: parent, Name: "it", Owner: catalog.SystemUser})
			if kind == TypeService {
				n.service = id
			} else {
				gate := w.kind(kind).Gate
				n.must(tx.Grant(id, catalog.AccountUsers, gate))
				w = w.With(catalog.Grant{On: id, To: catalog.AccountUsers, Privilege: gate})
			}
			parent = id
		}
		to := n.groups[groups/2]
		n.must(tx.Grant(n.service, to, catalog.Execute))
		return w.With(catalog.Grant{On: n.service, To: to, Privilege: catalog.Execute})
	})
	return n
}

func (n *nest) open() *catalog.Catalog {
	n.t.Helper()
	c, err := catalog.Open(context.Background(), n.store, &catalog.Options{Kinds: Kinds()})
	n.must(err)
	return c
}

func (n *nest) must(err error) {
	n.t.Helper()
	if err != nil {
		n.t.Fatal(err)
	}
}

// update commits a change and the same change to the rows.
func (n *nest) update(change func(*catalog.Tx, World) World) {
	n.t.Helper()
	var after World
	_, err := n.c.Update(context.Background(), "nest", func(tx *catalog.Tx) error {
		after = change(tx, n.truth.world)
		return nil
	})
	n.must(err)
	n.truth = n.truth.of(after)
}

// compare asks who some principals are, and whether they may use the service.
func (n *nest) compare(s *catalog.Snapshot, truth *Oracle) {
	n.t.Helper()
	last := len(n.groups) - 1
	some := []catalog.PrincipalID{n.user, n.groups[0], n.groups[last], n.groups[last/2], n.groups[max(0, last/2-1)]}
	for range 5 {
		some = append(some, pick(n.rng, n.groups))
	}
	for _, p := range some {
		newExam(truth).compareMemberships(n.t, n.a, s, p)
		q := Question{Verb: Check, Caller: p, Privilege: catalog.Execute, On: n.service}
		if got, want := q.Ask(n.a, s), truth.Answer(q); got.Allowed != want.Allowed || got.Visible != want.Visible {
			n.t.Fatalf("%s: allowed %t, visible %t; want %+v", truth.world.Format(q), got.Allowed, got.Visible, want)
		}
	}
}

// testGraph compares memberships with the closure of the edges, refuses
// circles wherever they would close, and cuts and mends.
func testGraph(t *testing.T, a *authz.Authorizer, g graph) {
	n := newNest(t, a, g, g.groups)
	whole, all := n.c.Snapshot(), n.truth
	n.compare(whole, all)
	n.refuseCircles()
	n.compare(n.c.Snapshot(), all)

	for range 3 {
		m := pick(n.rng, n.truth.world.Members)
		n.update(func(tx *catalog.Tx, w World) World {
			n.must(tx.RemoveMember(m.Group, m.Member))
			w = w.left(m)
			n.compare(&tx.Snapshot, n.truth.of(w))
			return w
		})
		n.compare(n.c.Snapshot(), n.truth)
	}
	cut, rest := n.c.Snapshot(), n.truth
	n.update(func(tx *catalog.Tx, w World) World {
		middle := n.groups[len(n.groups)/2-1]
		n.must(tx.DropPrincipal(middle))
		w = w.withoutPrincipal(middle)
		n.compare(&tx.Snapshot, n.truth.of(w))
		return w
	})
	n.compare(n.c.Snapshot(), n.truth)
	n.compare(n.open().Snapshot(), n.truth)
	n.compare(cut, rest)
	n.compare(whole, all)
}

// refuseCircles tries to put groups into those that are in them.
func (n *nest) refuseCircles() {
	n.t.Helper()
	_, err := n.c.Update(context.Background(), "nest", func(tx *catalog.Tx) error {
		last := n.groups[len(n.groups)-1]
		for _, lower := range []catalog.PrincipalID{last, pick(n.rng, n.groups), n.groups[0]} {
			above := n.truth.identities(lower)
			for _, higher := range []catalog.PrincipalID{lower, above[0], pick(n.rng, above)} {
				if higher == catalog.AccountUsers {
					continue
				}
				if err := tx.AddMember(lower, higher); !errors.Is(err, catalog.ErrCycle) {
					n.t.Fatalf("%d, which %d is in, was put into it: %v", higher, lower, err)
				}
			}
		}
		return nil
	})
	n.must(err)
}

// testCost compares the time that it takes to find out anew who somebody is, in
// a chain of groups, with that of the oracle's plain walk over the same chain:
// both take a step for each group. What takes a step for each pair of groups
// takes many times as long.
func testCost(t *testing.T, a *authz.Authorizer) {
	n := newNest(t, a, graphs[0], 20_000)
	const most = 6
	ratio := 0.0
	for range 5 { // somebody else may be using the machine
		if ratio = n.cost(); ratio <= most {
			return
		}
	}
	t.Errorf("finding out memberships takes %.0f times as long as walking over them", ratio)
}

// cost is the least time that memberships take which were never asked for
// before, in units of the oracle's walk.
func (n *nest) cost() float64 {
	n.t.Helper()
	least, walk := time.Hour, time.Hour
	last := n.groups[len(n.groups)-1]
	for range 5 {
		// Nothing may be left from the last time.
		for _, change := range []func(*catalog.Tx) error{
			func(tx *catalog.Tx) error { return tx.RemoveMember(last, n.user) },
			func(tx *catalog.Tx) error { return tx.AddMember(last, n.user) },
		} {
			n.update(func(tx *catalog.Tx, w World) World {
				n.must(change(tx))
				return w
			})
		}
		s := n.c.Snapshot()
		start := time.Now()
		got := slices.Collect(s.Memberships(n.user).All())
		least = min(least, time.Since(start))
		start = time.Now()
		want := n.truth.identities(n.user)
		walk = min(walk, time.Since(start))
		if len(got) != len(want) {
			n.t.Fatalf("%d memberships, want %d", len(got), len(want))
		}
	}
	return float64(least) / float64(walk)
}
