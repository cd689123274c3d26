package statement

import (
	"fmt"
	"unicode/utf8"
)

// MaxLength is the longest text [Parse] looks at, in bytes: 1 MiB.
const MaxLength = 1 << 20

// Parse reads one statement (spec §13). The text is UTF-8 of at most
// [MaxLength] bytes, with comments anywhere and at most one semicolon, at its
// end. Every error is a [*SyntaxError]; a text that is too long wraps
// [ErrTooLong]. Time and memory are linear in the text. Parse may be called
// from many goroutines.
func Parse(text string) (Statement, error) {
	if len(text) > MaxLength {
		err := newSyntaxError(text, MaxLength, "", fmt.Sprintf("the text has %d bytes and may have %d", len(text), MaxLength))
		err.cause = ErrTooLong
		return nil, err
	}
	if off := invalidUTF8(text); off >= 0 {
		return nil, newSyntaxError(text, off, fmt.Sprintf(`\x%02x`, text[off]), "the text is not valid UTF-8")
	}
	p := &parser{lex: lexer{text: text}}
	return p.parse()
}

func invalidUTF8(text string) int {
	if utf8.ValidString(text) {
		return -1
	}
	for i, r := range text {
		if r != utf8.RuneError {
			continue
		}
		if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
			return i
		}
	}
	return -1
}

// leaders are the words that a statement can begin with.
var leaders = [...]string{
	"GRANT", "REVOKE", "SHOW", "DROP", "SELECT", "DENY", "CREATE", "ALTER", "COMMENT", "DESCRIBE", "EXPLAIN",
}

func (p *parser) parse() (Statement, error) {
	s, err := p.body()
	if err != nil {
		return nil, err
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return s, nil
}

func (p *parser) body() (Statement, error) {
	switch {
	case p.accept("GRANT"):
		return p.grant()
	case p.accept("REVOKE"):
		return p.revoke()
	case p.accept("SELECT"):
		return p.selection()
	case p.accept("SHOW"):
		return p.show()
	case p.accept("DROP"):
		return p.drop()
	case p.accept("ALTER"):
		return p.alter()
	case p.accept("CREATE"):
		return p.create()
	case p.accept("DENY"):
		return Unsupported{Words: "DENY"}, p.skip()
	case p.accept("DESCRIBE"), p.accept("DESC"):
		return p.describe()
	case p.accept("COMMENT"):
		return p.comment()
	case p.accept("EXPLAIN"):
		return p.explain()
	}
	return nil, p.unknown("a statement", leaders[:])
}

// finish takes the optional semicolon and insists on the end.
func (p *parser) finish() error {
	t := p.peek(0)
	if t.isSymbol(";") {
		p.next()
		if t = p.peek(0); t.kind != tokenEnd {
			return p.refuse(t, "one statement at a time: expected nothing after the semicolon")
		}
		return nil
	}
	if t.kind != tokenEnd {
		return p.unexpected("the end of the statement")
	}
	return nil
}

// skip passes over the rest of a statement that is not read further, so that
// a second statement behind it is still refused.
func (p *parser) skip() error {
	for !p.ends(0) {
		if t := p.next(); t.kind == tokenBad {
			return p.refuseAt(t, "")
		}
	}
	return nil
}

// A parser looks at a few tokens ahead of the one it is at.
type parser struct {
	lex     lexer
	ahead   [8]token // a ring
	head, n int
	work    int // tokens looked at, for the tests' proof of linear time
}

func (p *parser) peek(i int) token {
	p.work++
	for p.n <= i {
		p.ahead[(p.head+p.n)%len(p.ahead)] = p.lex.next()
		p.n++
	}
	return p.ahead[(p.head+i)%len(p.ahead)]
}

func (p *parser) next() token {
	t := p.peek(0)
	p.head = (p.head + 1) % len(p.ahead)
	p.n--
	return t
}

func (p *parser) accept(word string) bool {
	if !p.peek(0).is(word) {
		return false
	}
	p.next()
	return true
}

// acceptWords takes all of the words, or none.
func (p *parser) acceptWords(words ...string) bool {
	for i, w := range words {
		if !p.peek(i).is(w) {
			return false
		}
	}
	for range words {
		p.next()
	}
	return true
}

func (p *parser) acceptSymbol(s string) bool {
	if !p.peek(0).isSymbol(s) {
		return false
	}
	p.next()
	return true
}

func (p *parser) ends(i int) bool {
	t := p.peek(i)
	return t.kind == tokenEnd || t.isSymbol(";")
}

// closes reports whether token i is the word in its grammar role, and not a
// name that is spelled like it: a name is followed by a dot or a comma, or by
// the word itself with something to spare for it.
func (p *parser) closes(i int, word string) bool {
	if word == "" || !p.peek(i).is(word) || word == "FOR" && p.ends(i+1) {
		return false // FOR may be left out: one that ends the statement is a name
	}
	after := p.peek(i + 1)
	if after.isSymbol(".") || after.isSymbol(",") {
		return false
	}
	return !after.is(word) || p.ends(i+2) || p.peek(i+2).isSymbol(".")
}

// unexpected is the error for the token at hand.
func (p *parser) unexpected(expected ...string) error {
	return p.refuse(p.peek(0), "expected "+either(expected), expected...)
}

// misspelt is unexpected with a guess at what was meant.
func (p *parser) misspelt(expected ...string) error {
	t := p.peek(0)
	return p.refuseAt(t, "expected "+either(expected)+" "+found(p.lex.text[t.off:t.end])+guess(t, expected), expected...)
}

// unknown is unexpected with a guess at what was meant.
func (p *parser) unknown(what string, words []string) error {
	t := p.peek(0)
	meant := guess(t, words)
	if after := p.peek(1); t.kind == tokenWord && after.kind == tokenWord {
		if w := closest(t.val+" "+after.val, words); w != "" {
			meant = ", did you mean " + w + "?"
		}
	}
	return p.refuseAt(t, "expected "+what+" ("+either(words)+") "+found(p.lex.text[t.off:t.end])+meant, words...)
}

// refuse is an error at a token, with what is found there.
func (p *parser) refuse(t token, message string, expected ...string) error {
	return p.refuseAt(t, message+" "+found(p.lex.text[t.off:t.end]), expected...)
}

// refuseAt is an error at a token. One that has no end is itself the error,
// whatever was expected in its place.
func (p *parser) refuseAt(t token, message string, expected ...string) error {
	if t.kind == tokenBad {
		message, expected = t.val+" has no end", nil
	}
	return newSyntaxError(p.lex.text, t.off, p.lex.text[t.off:t.end], message, expected...)
}
