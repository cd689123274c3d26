package nfc

import (
	"cmp"
	"slices"
)

// compose puts decomposed points together again, in place, wherever a starter
// and a later character have a common form and nothing between them is in the way.
func compose(points []point) []point {
	starter := -1 // index of the last starter kept
	kept := points[:0]
	for _, p := range points {
		if starter >= 0 {
			// A mark in between is in the way unless its class is lower than that of p.
			last := len(kept) - 1
			if last == starter || kept[last].class < p.class {
				if r, ok := join(kept[starter].r, p.r); ok {
					kept[starter].r = r
					continue
				}
			}
		}
		if p.class == 0 {
			starter = len(kept)
		}
		kept = append(kept, p)
	}
	return kept
}

// join returns the one character that is first followed by second.
func join(first, second rune) (rune, bool) {
	if r, ok := joinHangul(first, second); ok {
		return r, true
	}
	i, ok := slices.BinarySearchFunc(composed[:], pair{first: first, second: second}, func(i uint16, want pair) int {
		return cmp.Or(cmp.Compare(pairs[i].first, want.first), cmp.Compare(pairs[i].second, want.second))
	})
	if !ok {
		return 0, false
	}
	return pairs[composed[i]].from, true
}
