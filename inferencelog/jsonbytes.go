package inferencelog

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// appendJSONBytes appends a payload as a JSON string: what appendJSONText does, eight bytes at a time, because payloads
// are nearly all there is of a row. Payloads are JSON themselves, so something to escape is never far: copying eight
// bytes and taking back those after it is cheaper than measuring first.
func appendJSONBytes(dst, s []byte) []byte {
	dst = append(slices.Grow(dst, len(s)+len(s)/8+2), '"')
	for len(s) >= 8 {
		if cap(dst)-len(dst) < 8 {
			dst = slices.Grow(dst, len(s)+8)
		}
		word := binary.LittleEndian.Uint64(s)
		n := len(dst)
		binary.LittleEndian.PutUint64(dst[n:n+8], word)
		special := specials(word)
		if special == 0 {
			dst, s = dst[:n+8], s[8:]
			continue
		}
		k := bits.TrailingZeros64(special) / 8
		dst, s = dst[:n+k], s[k:]
		if c := s[0]; c < utf8.RuneSelf {
			dst, s = appendEscape(dst, c), s[1:]
			continue
		}
		r, size := utf8.DecodeRune(s)
		if r == utf8.RuneError && size == 1 {
			dst = append(dst, `\ufffd`...)
		} else {
			dst = append(dst, s[:size]...)
		}
		s = s[size:]
	}
	return append(appendJSONInner(dst, s), '"')
}

// specials marks, with the top bit, the lowest byte of the word that does not stand for itself in a JSON string: a
// control character, a quote, a backslash, or one that is not ASCII. Bytes above that one may be marked wrongly.
func specials(word uint64) uint64 {
	const each, top = 0x0101010101010101, 0x8080808080808080
	quote, backslash := word^each*'"', word^each*'\\'
	return (word | (word-each*' ')&^word | (quote-each)&^quote | (backslash-each)&^backslash) & top
}
