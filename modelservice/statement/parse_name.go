package statement

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const maxParts = 3 // catalog.schema.object, spec §13

// name reads one to three parts.
func (p *parser) name() ([]string, error) {
	var parts []string
	for {
		part, err := p.part(parts)
		if err != nil {
			return nil, err
		}
		parts = append(parts, part)
		if !p.peek(0).isSymbol(".") {
			return parts, nil
		}
		if len(parts) == maxParts {
			return nil, p.refuse(p.peek(0), "a name has at most three parts")
		}
		p.next()
	}
}

// part reads one part; before holds those already read, for the message.
func (p *parser) part(before []string) (string, error) {
	t := p.peek(0)
	switch {
	case t.stray():
		return "", p.mustQuote(t, before)
	case t.kind == tokenQuoted && t.val == "":
		return "", p.refuse(t, "a name part must not be empty")
	case t.kind == tokenString:
		return "", p.refuse(t, "expected a name, bare or in back-ticks", "a name")
	case t.kind != tokenWord && t.kind != tokenQuoted:
		return "", p.unexpected("a name")
	}
	p.next()
	if after := p.peek(0); t.kind == tokenWord && after.stray() && after.off == t.end {
		return "", p.mustQuote(t, before)
	}
	return t.val, nil
}

// principal reads a name that has no parts.
func (p *parser) principal() (string, error) {
	t := p.peek(0)
	switch t.kind {
	case tokenQuoted, tokenString:
		if t.val == "" {
			return "", p.refuse(t, "a principal must not be empty")
		}
		p.next()
		return t.val, nil
	case tokenWord:
		p.next()
		after := p.peek(0)
		if after.off == t.end && (after.stray() || after.isSymbol(".")) {
			return "", p.mustQuoteWhole(t)
		}
		return t.val, nil
	}
	if t.stray() {
		return "", p.mustQuoteWhole(t)
	}
	return "", p.unexpected("a principal")
}

// mustQuote is the error for a bare part with a character that needs
// back-ticks. It shows the name as it has to be written.
func (p *parser) mustQuote(t token, before []string) error {
	pieces := strings.Split(rawName(p.lex.text[t.off:]), ".")
	correct := make([]string, 0, len(before)+len(pieces))
	for _, part := range before {
		correct = append(correct, Quote(part))
	}
	for _, part := range pieces {
		if part != "" {
			correct = append(correct, Quote(part))
		}
	}
	return p.invalidIdentifier(t, pieces[0], strings.Join(correct, "."))
}

// mustQuoteWhole is mustQuote for a principal, where a dot needs quotes too.
func (p *parser) mustQuoteWhole(t token) error {
	raw := rawName(p.lex.text[t.off:])
	return p.invalidIdentifier(t, raw, Quote(raw))
}

func (p *parser) invalidIdentifier(t token, raw, correct string) error {
	err := newSyntaxError(p.lex.text, t.off, raw,
		"the unquoted identifier "+clip(raw)+" is invalid and must be back-quoted as: "+correct, correct)
	err.Code, err.SQLState = codeIdentifier, stateIdent
	return err
}

// rawName returns what was most likely meant as one name at the start of the
// text: everything up to a space, a quote, a comment or punctuation other
// than the dot, and never more than 255 characters, the longest part there is
// (spec §2).
func rawName(text string) string {
	const longest = 255
	n := 0
	for i, r := range text {
		rest := text[i:]
		if n == longest || unicode.IsSpace(r) || strings.ContainsRune("`',;*()=<>\"", r) ||
			strings.HasPrefix(rest, "--") || strings.HasPrefix(rest, "/*") {
			return text[:max(i, firstRune(text))]
		}
		n++
	}
	return text
}

func firstRune(text string) int {
	_, size := utf8.DecodeRuneInString(text)
	return size
}
