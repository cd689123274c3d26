package catalogtest

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// crowd is a container with many in it, and their names in plain sight.
type crowd struct {
	*town
	rng   *rand.Rand
	in    catalog.ID
	names map[string]catalog.ID // of all services in it
	gone  map[string]bool       // names that were taken out and not put in again
}

// crowdSize is about how many there are at most.
const crowdSize = 500

// checkCrowds fills, empties and refills a container by steps of random size,
// in updates of which some are undone.
func checkCrowds(t *testing.T, open opener) {
	w := open.town(t)
	c := &crowd{
		town: w, rng: rand.New(rand.NewPCG(1, 2)), in: w.schema2,
		names: map[string]catalog.ID{}, gone: map[string]bool{},
	}
	var old []*crowd
	var moments []*catalog.Snapshot
	for round := range 15 {
		next, fail := c.clone(), round%4 == 3
		_, err := c.Update(withPatience(t), "tester", func(tx *catalog.Tx) error {
			if round%3 == 2 {
				next.sweep(t, tx, round%2 == 0)
			} else {
				next.stir(t, tx, round)
			}
			next.compare(t, &tx.Snapshot)
			if fail {
				return errFault
			}
			return nil
		})
		if fail != errors.Is(err, errFault) || !fail && err != nil {
			t.Fatalf("Update: %v", err)
		}
		if !fail {
			c = next
		}
		c.compare(t, c.Snapshot())
		old, moments = append(old, c), append(moments, c.Snapshot())
	}
	for i, then := range old {
		then.compare(t, moments[i])
	}
	again := openCatalog(t, lend(w.store))
	c.compare(t, again.Snapshot())
}

func (c *crowd) clone() *crowd {
	d := *c
	d.names, d.gone = maps.Clone(c.names), maps.Clone(c.gone)
	return &d
}

// stir puts in, takes out or renames: at first mostly the one, at last the
// other.
func (c *crowd) stir(t *testing.T, tx *catalog.Tx, round int) {
	t.Helper()
	in, out := crowdSize/2, crowdSize/10
	if round > 8 {
		in, out = out, in
	}
	for range in {
		// Many a name is the beginning of another.
		name := fmt.Sprintf("s%d", c.rng.IntN(4*crowdSize))
		id, err := tx.Create(catalog.Draft{
			Type: TypeService, Parent: c.in, Name: name, Owner: c.alice, Spec: &Service{Text: name},
		})
		if _, taken := c.names[name]; taken {
			if !errors.Is(err, catalog.ErrAlreadyExists) {
				t.Fatalf("Create(%s) beside another: %v", name, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		c.names[name] = id
		delete(c.gone, name)
	}
	order := slices.Sorted(maps.Keys(c.names))
	c.rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for i, name := range order[:min(out, len(order))] {
		id := c.names[name]
		delete(c.names, name)
		c.gone[name] = true
		if i%3 > 0 {
			must(tx.Drop(id, false))(t)
			continue
		}
		other := fmt.Sprintf("%s-%d", name, round)
		if err := tx.Change(id, rename(other)); err != nil {
			t.Fatal(err)
		}
		c.names[other] = id
	}
}

// sweep takes out all up to the middle, or from there on, in order, and then
// puts some in again in the opposite order.
func (c *crowd) sweep(t *testing.T, tx *catalog.Tx, low bool) {
	t.Helper()
	order := slices.Sorted(maps.Keys(c.names))
	if !low {
		slices.Reverse(order)
	}
	order = order[:len(order)/2]
	for _, name := range order {
		must(tx.Drop(c.names[name], false))(t)
		delete(c.names, name)
		c.gone[name] = true
	}
	c.compare(t, &tx.Snapshot)
	slices.Reverse(order)
	for _, name := range order[:len(order)/2] {
		c.names[name] = must(tx.Create(catalog.Draft{Type: TypeService, Parent: c.in, Name: name, Owner: c.bob, Spec: &Service{}}))(t)
		delete(c.gone, name)
	}
}

func (c *crowd) compare(t *testing.T, s *catalog.Snapshot) {
	t.Helper()
	var got, want []string
	for n := range s.Children(c.in, TypeService) {
		got = append(got, fmt.Sprint(n.Name, n.ID, n.Parent))
	}
	for _, name := range slices.Sorted(maps.Keys(c.names)) {
		want = append(want, fmt.Sprint(name, c.names[name], c.in))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("Children\n got %v\nwant %v", got, want)
	}
	if all := len(slices.Collect(s.Children(c.in, ""))); all != len(want) {
		t.Fatalf("%d children in all, want %d", all, len(want))
	}
	if models := len(slices.Collect(s.Children(c.in, catalog.TypeModel))); models != 0 {
		t.Fatalf("%d of them are listed as models", models)
	}
	schema := s.FullName(c.in)
	for name, id := range c.names {
		if got, found := s.Lookup(TypeService, schema.Child(name)); !found || got != id {
			t.Fatalf("Lookup(%s) is %d, %t; want %d", name, got, found, id)
		}
	}
	for name := range c.gone {
		if id, found := s.Lookup(TypeService, schema.Child(name)); found {
			t.Fatalf("Lookup(%s) is %d, which is gone", name, id)
		}
	}
}
