package bench

import (
	"flag"
	"fmt"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// The budget is for a million securables. Building those takes some ten seconds
// and 2 GB for a moment; fewer do to see how it is with fewer.
var securables = flag.Int("securables", 1_000_000, "how many securables the row look-up has; its budget is for 1000000")

// lookupRow: a model by its name, among very many securables. Beside it: a map
// from the whole name, which is the least that a look-up can be.
func lookupRow() row {
	return row{name: "look-up", budget: 2, allocs: 0, open: openLookup}
}

func BenchmarkLookup(b *testing.B) { lookupRow().sideBySide(b) }

func openLookup(tb testing.TB, scale scale) pair {
	c := openCatalog(tb)
	t := build(tb, c, func(t *town) error {
		if err := t.settle(scale.of(1_000), scale.of(200)); err != nil {
			return err
		}
		return t.erect(scale.of(*securables))
	})
	s := c.Snapshot()
	ids := make(map[string]catalog.ID, len(t.names))
	for i, name := range t.names {
		ids[name.String()] = t.models[i]
	}

	// Every name once, in random order, so that the processor's caches hold
	// few of the rows. Each side goes on where its last run ended.
	type asked struct {
		name  catalog.FullName
		whole string
		id    catalog.ID
	}
	names := make([]asked, len(t.names))
	for i, k := range t.random.Perm(len(names)) {
		// A request brings its name in one piece, and the parts lie in it.
		whole := t.names[k].String()
		name, err := catalog.ParseFullName(whole)
		if err != nil {
			tb.Fatal(err)
		}
		names[i] = asked{name, whole, t.models[k]}
	}
	// A request looks up one name and goes on with what it finds, so the next
	// name here is not known before the last id is: no side may work on several
	// look-ups at once. No id has its highest bit set.
	next := func(at int, found catalog.ID) int { return (at + 1 + int(found>>63)) % len(names) }
	var inMap, inCatalog int
	return pair{
		reference: side{name: fmt.Sprintf("map of %d names", len(ids)), run: func(n int) error {
			for range n {
				a := &names[inMap]
				id, ok := ids[a.whole]
				if !ok || id != a.id {
					return fmt.Errorf("the map has %d for %s, not %d", id, a.whole, a.id)
				}
				inMap = next(inMap, id)
			}
			return nil
		}},
		ours: side{name: "ours", run: func(n int) error {
			for range n {
				a := &names[inCatalog]
				id, ok := s.Lookup(catalog.TypeModel, a.name)
				if !ok || id != a.id {
					return fmt.Errorf("the catalog has %d for %s, not %d", id, a.whole, a.id)
				}
				inCatalog = next(inCatalog, id)
			}
			return nil
		}},
	}
}
