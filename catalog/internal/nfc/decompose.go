package nfc

import (
	"cmp"
	"slices"
)

// A point is one character with its combining class.
type point struct {
	r     rune
	class uint8
}

// A pair is one step of a canonical decomposition: from is first followed by
// second, or first alone when second is 0.
type pair struct {
	from, first, second rune
}

// decompose appends the characters of s to points, each taken apart as far as
// it goes, with marks in canonical order. The text holds no invalid UTF-8.
func decompose(points []point, s string) []point {
	for _, r := range s {
		points = appendParts(points, r)
	}
	for i := 0; i < len(points); {
		if points[i].class == 0 {
			i++
			continue
		}
		end := i + 1
		for end < len(points) && points[end].class != 0 {
			end++
		}
		// Marks of one class keep their order: they would look different otherwise.
		slices.SortStableFunc(points[i:end], func(a, b point) int { return cmp.Compare(a.class, b.class) })
		i = end
	}
	return points
}

// appendParts appends the full decomposition of r.
func appendParts(points []point, r rune) []point {
	if lead, vowel, trail, ok := splitHangul(r); ok {
		points = append(points, point{r: lead}, point{r: vowel})
		if trail != 0 {
			points = append(points, point{r: trail})
		}
		return points
	}
	if i, ok := slices.BinarySearchFunc(pairs[:], r, func(p pair, r rune) int { return cmp.Compare(p.from, r) }); ok {
		points = appendParts(points, pairs[i].first)
		if pairs[i].second == 0 {
			return points
		}
		r = pairs[i].second // which has no parts: the generator sees to it
	}
	class, _ := property(r)
	return append(points, point{r, class})
}
