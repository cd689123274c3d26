package tiktoken

import (
	"unicode"
	"unicode/utf8"
)

// class is what the rules of an encoding see in a character. It is a set, so
// that the classes a rule allows can be joined.
type class uint8

const (
	upper    class = 1 << iota // Lu, Lt
	lower                      // Ll
	caseless                   // Lm, Lo
	mark                       // M
	number                     // N
	newline                    // \r and \n
	blank                      // every other white space
	symbol                     // all else, and bytes that are no character
)

const (
	letter = upper | lower | caseless
	sign   = mark | symbol // neither white space nor letter nor number
	white  = newline | blank
)

// classes has the classes of the first two planes, where nearly every text is.
type classes [0x20000]class

func newClasses() *classes {
	c := new(classes)
	for i := range c {
		c[i] = symbol
	}
	for _, t := range []struct {
		table *unicode.RangeTable
		class class
	}{
		{unicode.Lu, upper}, {unicode.Lt, upper}, {unicode.Ll, lower}, {unicode.Lm, caseless}, {unicode.Lo, caseless},
		{unicode.M, mark}, {unicode.N, number}, {unicode.White_Space, blank},
	} {
		for _, r := range t.table.R16 {
			c.set(uint32(r.Lo), uint32(r.Hi), uint32(r.Stride), t.class)
		}
		for _, r := range t.table.R32 {
			c.set(r.Lo, r.Hi, r.Stride, t.class)
		}
	}
	c['\r'], c['\n'] = newline, newline
	return c
}

func (c *classes) set(lo, hi, stride uint32, to class) {
	for i := lo; i <= hi && i < uint32(len(c)); i += stride {
		c[i] = to
	}
}

// at returns the class of the first character of text and its length in bytes,
// zeros at the end.
func (c *classes) at(text []byte) (class, int) {
	if len(text) == 0 {
		return 0, 0
	}
	if b := text[0]; b < utf8.RuneSelf {
		return c[b], 1
	}
	r, n := utf8.DecodeRune(text)
	if int(r) < len(c) {
		return c[r], n
	}
	switch {
	case unicode.Is(unicode.Lo, r): // of the letters, only these are so far out
		return caseless, n
	case unicode.Is(unicode.M, r):
		return mark, n
	}
	return symbol, n
}

// run returns how many bytes of text, from its beginning, have classes of a
// set.
func (c *classes) run(text []byte, set class) int {
	i := 0
	for {
		is, n := c.at(text[i:])
		if is&set == 0 {
			return i
		}
		i += n
	}
}
