package inferencelog

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf8"
)

// appendJSONBytes appends a payload as a JSON string: what appendJSONText does, in chunks and words, because payloads are
// nearly all there is of a row. Whether it is valid UTF-8 is asked once, and only when it is more than ASCII.
func appendJSONBytes(dst, s []byte) []byte {
	dst = append(slices.Grow(dst, len(s)+len(s)/8+len(chunkOut{})), '"')
	out, n := dst[:cap(dst)], len(dst)
	beyond := uint64(eachTop) // the bits that say not ASCII, until that has been looked into
	for len(s) >= len(chunk{}) {
		if len(out)-n < len(chunkOut{}) {
			dst = slices.Grow(out[:n], len(s)+len(s)/2+len(chunkOut{}))
			out = dst[:cap(dst)]
		}
		read, written := escapeChunk((*chunkOut)(out[n:]), (*chunk)(s), beyond)
		s, n = s[read:], n+written
		if read == len(chunk{}) {
			continue
		}
		if binary.LittleEndian.Uint64(s)&beyond == 0 {
			out = appendEscaped(out[:n], s[:8])
			s, n, out = s[8:], len(out), out[:cap(out)]
			continue
		}
		if !utf8.Valid(s) {
			break
		}
		beyond = 0
	}
	if beyond == 0 { // s may begin within a character
		return append(appendEscaped(out[:n], s), '"')
	}
	return append(appendJSONInner(out[:n], s), '"')
}

type (
	chunk    [64]byte
	chunkOut [256]byte // more than twice that, so that places in it need no bounds check
)

// escapeChunk writes a chunk with its escapes. It stops before a word with a control character or with one of the bits
// beyond, and returns how much it has read and written.
//
// Payloads are JSON themselves, so something to escape is never far and its place cannot be guessed: a word is copied
// first, and the rest of it once more behind each backslash, so that nothing branches on where it stands. Two escapes
// are made without asking whether there are two: a second one that is not there is put behind the word, where it does
// no harm.
func escapeChunk(out *chunkOut, in *chunk, beyond uint64) (read, written int) {
	n := 0
	for i := 0; i < len(in); i += 8 {
		word := binary.LittleEndian.Uint64(in[i : i+8])
		if controls(word)|word&beyond != 0 {
			return i, n
		}
		n &= 127
		binary.LittleEndian.PutUint64(out[n:n+8], word)
		special := quotes(word)
		if special == 0 {
			n += 8
			continue
		}
		at := bits.TrailingZeros64(special) / 8 & 7
		out[n+at] = '\\'
		binary.LittleEndian.PutUint64(out[n+at+1:n+at+9], word>>(at*8))
		special &= special - 1
		at = bits.TrailingZeros64(special) / 8 & 15 // 8: there is none
		out[n+at+1] = '\\'
		binary.LittleEndian.PutUint64(out[n+at+2:n+at+10], word>>(at*8))
		n += 9 + int((special|-special)>>63)
		for special &= special - 1; special != 0; special &= special - 1 {
			at = bits.TrailingZeros64(special) / 8 & 7
			behind := (n + at - 8) & 127
			out[behind] = '\\'
			binary.LittleEndian.PutUint64(out[behind+1:behind+9], word>>(at*8))
			n++
		}
	}
	return len(in), n
}

const (
	eachByte = 0x0101010101010101
	eachTop  = 0x80 * eachByte
)

// quotes marks, with their top bits, the bytes of the word that are a quote or a backslash.
func quotes(word uint64) uint64 {
	const any = 0x7f * eachByte // added to seven bits, it reaches the eighth but for zero
	low := word &^ eachTop
	quote := low ^ '"'*eachByte + any
	backslash := low ^ '\\'*eachByte + any
	return ^(quote&backslash | word) & eachTop
}

// controls marks the control characters in the same way.
func controls(word uint64) uint64 {
	const printable = 0x60 * eachByte // added to seven bits, it reaches the eighth from the blank on
	return ^(word&^eachTop + printable | word) & eachTop
}

// appendEscaped appends valid text, or a part of it, byte by byte.
func appendEscaped(dst, s []byte) []byte {
	for _, c := range s {
		if plain[c] || c >= utf8.RuneSelf {
			dst = append(dst, c)
		} else {
			dst = appendEscape(dst, c)
		}
	}
	return dst
}
