package bench

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/modelward/modelward/catalog"
)

// memoryRow: the megabytes that deciding takes in the world of the row check, as
// the catalog counts them. Reported too: what the whole catalog adds to the heap,
// names, owners and times included, what one securable and one grant come to in
// it, and what the others keep of that world.
func memoryRow() row {
	return row{name: "check-memory", budget: 20, allocs: -1, weigh: weighMemory}
}

const megabyte = 1e6

func weighMemory(tb testing.TB, scale scale) figure {
	securables := scale.of(100_000)
	empty := heap()
	c := openCatalog(tb)
	t := build(tb, c, func(t *town) error { return t.settleFor(securables) })
	principals := heap()
	t.extend(tb, c, func(t *town) error { return t.erect(securables) })
	t.names = nil
	objects := heap() - t.bytes()
	t.extend(tb, c, func(t *town) error { return t.grant(securables / 5) })
	all := heap() - t.bytes()
	whole := (all - empty) / megabyte

	// Somebody has asked for everybody, so memberships are known.
	for user := range c.Snapshot().Principals(catalog.User) {
		c.Snapshot().Memberships(user.ID)
	}
	f := c.Snapshot().Footprint()
	says := fmt.Sprintf("what deciding reads %.1f MB, names %.1f MB, rows %.1f MB; the whole catalog %.1f MB; %.0f bytes a securable, %.0f bytes a grant, %.1f MB for principals",
		float64(f.Decisions)/megabyte, float64(f.Names)/megabyte, float64(f.Rows)/megabyte, whole, (objects-principals)/float64(securables), (all-objects)/float64(grantsIn(c.Snapshot())), (principals-empty)/megabyte)
	for _, other := range []struct {
		name string
		make func() any
	}{
		{"the walk", func() any { return newWalk(c.Snapshot()) }},
		{"casbin", func() any { return newCasbin(tb, c.Snapshot()) }},
		{"Cedar", func() any { return newCedar(tb, c.Snapshot()) }},
	} {
		before := heap()
		kept := other.make()
		says += fmt.Sprintf("; %s %.1f MB", other.name, (heap()-before)/megabyte)
		runtime.KeepAlive(kept)
	}
	runtime.KeepAlive(t)
	return figure{value: float64(f.Decisions) / megabyte, says: says}
}

func grantsIn(s *catalog.Snapshot) int {
	n := 0
	for _, kind := range s.Kinds().Types() {
		for node := range s.All(kind) {
			for range s.GrantsOn(node.ID) {
				n++
			}
		}
	}
	return n
}

// heap is how many bytes are in use once what is not is gone. What a finalizer
// or a pool holds back goes with the second collection.
func heap() float64 {
	runtime.GC()
	runtime.GC()
	var now runtime.MemStats
	runtime.ReadMemStats(&now)
	return float64(now.HeapAlloc)
}

// bytes is what the lists of ids take.
func (t *town) bytes() float64 {
	n := cap(t.users) + cap(t.catalogs) + cap(t.schemas) + cap(t.models)
	for _, groups := range t.groups {
		n += cap(groups)
	}
	return float64(8 * n)
}
