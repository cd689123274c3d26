package tiktoken

import "unicode/utf8"

// A splitter returns the length of the first piece of a text that is not
// empty. Tokens never reach over the end of a piece.
type splitter func(c *classes, text []byte) int

// splitCL100K is the rule of cl100k_base, by hand because a backtracking
// expression takes longer than all the rest. The first of these that matches:
//
//	(?i:'s|'t|'re|'ve|'m|'ll|'d)
//	[^\r\n\p{L}\p{N}]?\p{L}+
//	\p{N}{1,3}
//	 ?[^\s\p{L}\p{N}]+[\r\n]*
//	\s*[\r\n]+
//	\s+(?!\S)
//	\s+
func splitCL100K(c *classes, text []byte) int {
	if n := contraction(text); n > 0 {
		return n
	}
	first, n := c.at(text)
	switch {
	case first&letter != 0:
		return n + c.run(text[n:], letter)
	case first&number != 0:
		return c.numbers(text)
	case first&newline == 0:
		if word := c.run(text[n:], letter); word > 0 {
			return n + word
		}
	}
	if n := c.signs(text); n > 0 {
		return n + newlines(text[n:], false)
	}
	return c.whites(text)
}

// splitO200K is the rule of o200k_base. The first of these that matches:
//
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//	[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
//	\p{N}{1,3}
//	 ?[^\s\p{L}\p{N}]+[\r\n/]*
//	\s*[\r\n]+
//	\s+(?!\S)
//	\s+
func splitO200K(c *classes, text []byte) int {
	first, n := c.at(text)
	if first&number != 0 {
		return c.numbers(text)
	}
	if first&newline == 0 {
		if n = c.word(text, first, n); n > 0 {
			return n + contraction(text[n:])
		}
	}
	if n := c.signs(text); n > 0 {
		return n + newlines(text[n:], true)
	}
	return c.whites(text)
}

// The cases of the words of o200k_base. Caseless letters and marks pass for
// both.
const (
	head = upper | caseless | mark
	tail = lower | caseless | mark
)

// word returns the length of a word as o200k_base has them, without
// contraction, 0 for none. first is the class of the first character and n its
// length.
func (c *classes) word(text []byte, first class, n int) int {
	if first&letter != 0 {
		if word := c.cased(text); word > 0 {
			return word
		}
		return c.run(text, head)
	}
	// A character that is no letter may lead.
	if word := c.cased(text[n:]); word > 0 {
		return n + word
	}
	if first == mark {
		return c.cased(text)
	}
	if word := c.run(text[n:], head); word > 0 {
		return n + word
	}
	return 0
}

// cased returns the length of the longest heads and at least one tail.
func (c *classes) cased(text []byte) int {
	i, both := 0, 0 // both: where the last character ends that passes for a tail too
	for {
		is, n := c.at(text[i:])
		switch {
		case is&head == 0 && is&lower == 0:
			return both
		case is&lower != 0:
			return i + c.run(text[i:], tail)
		}
		i += n
		if is&tail != 0 {
			both = i
		}
	}
}

// contraction returns the length of what English leaves after an apostrophe,
// with it, 0 for anything else. ſ is an s here too, but no token has it and
// anything else, so that it makes no difference.
func contraction(text []byte) int {
	if len(text) < 2 || text[0] != '\'' {
		return 0
	}
	switch second := text[1] | 0x20; second { // small, if it is a letter
	case 's', 't', 'm', 'd':
		return 2
	case 'r', 'v', 'l':
		third := byte('e')
		if second == 'l' {
			third = 'l'
		}
		if len(text) > 2 && text[2]|0x20 == third {
			return 3
		}
	}
	return 0
}

// numbers returns the length of one to three characters that are numbers.
func (c *classes) numbers(text []byte) int {
	i := 0
	for range 3 {
		is, n := c.at(text[i:])
		if is&number == 0 {
			break
		}
		i += n
	}
	return i
}

// signs returns the length of a space, or none, and signs.
func (c *classes) signs(text []byte) int {
	space := 0
	if text[0] == ' ' {
		space = 1
	}
	if n := c.run(text[space:], sign); n > 0 {
		return space + n
	}
	return 0
}

// newlines returns how many bytes of text are newlines, or slashes when they
// count.
func newlines(text []byte, slashes bool) int {
	i := 0
	for i < len(text) && (text[i] == '\r' || text[i] == '\n' || slashes && text[i] == '/') {
		i++
	}
	return i
}

// whites returns the length of the white space up to and with its last newline,
// or else, when something follows, without its last character, or else all.
func (c *classes) whites(text []byte) int {
	i, last, lines := 0, 0, 0
	for {
		is, n := c.at(text[i:])
		if is&white == 0 {
			break
		}
		last, i = i, i+n
		if is == newline {
			lines = i
		}
	}
	switch {
	case lines > 0:
		return lines
	case i < len(text) && last > 0:
		return last
	case i == 0: // no rule leaves this; were there one, the character is a piece
		_, n := utf8.DecodeRune(text)
		return n
	}
	return i
}
