package bench

import "testing"

// growthRow: a Check in the world of the row check. Beside it: a Check in that
// world at a hundredth of its size. Reported too: the same of the others.
func growthRow() row {
	return row{name: "check-growth", budget: 3, allocs: 0, open: openGrowth}
}

func BenchmarkGrowth(b *testing.B) { growthRow().sideBySide(b) }

func openGrowth(tb testing.TB, scale scale) pair {
	sizes := [2]struct {
		securables int
		name       string
	}{{scale.of(1_000), "small"}, {scale.of(100_000), "large"}}
	var all [2][]side
	for i, size := range sizes {
		c, t := openWorld(tb, size.securables)
		of := newContenders(tb, c.Snapshot(), t)
		all[i] = append([]side{of.ours("ours"), of.walk("hand-written walk")}, of.rivals(tb)...)
		for k := range all[i] {
			all[i][k].name += ", " + size.name
		}
	}
	var pairs []pair
	for k := range all[0] {
		isRival := k >= 2 // and makes garbage
		pairs = append(pairs, pair{apart: isRival, reference: all[0][k], ours: all[1][k]})
	}
	p := pairs[0]
	p.also = pairs[1:]
	return p
}
