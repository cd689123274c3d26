package nfc

// What one character alone tells about the text it stands in: the annex's quick
// check. Only stays promises anything.
const (
	stays   = iota // stays as it is, whatever stands before
	depends        // may combine with what stands before
	changes        // never occurs in normal form
)

// A span is a run of neighbouring characters with the same properties. Only
// those with a combining class or a quick check other than stays are in the
// table.
type span struct {
	first, last rune
	class       uint8 // canonical combining class, 0 for a starter
	look        uint8 // stays, depends or changes
}

// property returns the combining class of r and its quick check.
func property(r rune) (class, look uint8) {
	if r < spans[0].first {
		return 0, stays
	}
	low, high := 0, len(spans)
	for low < high {
		mid := int(uint(low+high) / 2)
		if spans[mid].last < r {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low == len(spans) || r < spans[low].first {
		return 0, stays
	}
	return spans[low].class, spans[low].look
}
