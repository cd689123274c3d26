package nfc

import "unicode/utf8"

//go:generate env GOWORK=off go run -C ../../../tools/gen-nfc . -o ../../catalog/internal/nfc/tables.go

// String returns s in Normalization Form C. When s is in that form already it
// returns s itself and allocates nothing.
func String(s string) string {
	var room [32]point // enough for a character and its marks in every living script
	var out []byte
	done := 0 // s[:done] has its normal form in out
	for at := 0; at < len(s); {
		start, end := suspect(s, at)
		points := compose(decompose(room[:0], s[start:end]))
		if !spells(points, s[start:end]) {
			out = append(out, s[done:start]...)
			for _, p := range points {
				out = utf8.AppendRune(out, p.r)
			}
			done = end
		}
		at = end
	}
	if done == 0 {
		return s
	}
	return string(append(out, s[done:]...))
}

// IsNormal reports whether s is in Normalization Form C, that is, whether
// String(s) is s. It allocates nothing, unless more than 32 marks stand in a row.
func IsNormal(s string) bool {
	var room [32]point
	for at := 0; at < len(s); {
		start, end := suspect(s, at)
		if !spells(compose(decompose(room[:0], s[start:end])), s[start:end]) {
			return false
		}
		at = end
	}
	return true
}

// suspect returns the next piece of s, at or after from, that may not be in
// normal form; what stands before it is. It returns len(s), len(s) when there is
// none. A piece begins where nothing can combine with what stands before.
func suspect(s string, from int) (start, end int) {
	start = from
	found := false
	last := uint8(0)
	for i := from; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
		}
		class, look := property(r)
		switch {
		case class == 0 && look == stays:
			if found {
				return start, i
			}
			start = i
			if r == utf8.RuneError && size == 1 {
				start++ // not a character: nothing combines with it
			}
		case look != stays, class < last:
			found = true
		}
		last = class
		i += size
	}
	if found {
		return start, len(s)
	}
	return len(s), len(s)
}

// spells reports whether points, encoded as UTF-8, are exactly s.
func spells(points []point, s string) bool {
	i := 0
	for _, r := range s {
		if i == len(points) || points[i].r != r {
			return false
		}
		i++
	}
	return i == len(points)
}
