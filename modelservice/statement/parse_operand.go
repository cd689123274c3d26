package statement

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// reservedHere are the words that are no column's name in a condition, unless
// they are in back-ticks.
var reservedHere = [...]string{
	"AND", "OR", "NOT", "IN", "IS", "LIKE", "BETWEEN", "ESCAPE", "TRUE", "FALSE", "FROM", "WHERE", "ORDER", "BY", "LIMIT", "OFFSET",
}

// operand reads a column or a constant; expected says what the place is for.
func (w *whereParser) operand(expected ...string) (Operand, error) {
	o, err := w.bareOperand(expected)
	if err != nil {
		return nil, err
	}
	if t := w.peek(0); t.kind == tokenSymbol && strings.Contains("+-*/%|&^~", t.val) {
		return nil, w.refuse(t, "arithmetic is not supported here")
	}
	return o, nil
}

func (w *whereParser) bareOperand(expected []string) (Operand, error) {
	t := w.peek(0)
	switch {
	case t.kind == tokenString:
		w.next()
		return Literal{"STRING", t.val}, nil
	case t.kind == tokenWord && digits(t.val[:1]), t.isSymbol("-"), t.isSymbol("+"), t.isSymbol("."):
		return w.numeral(expected)
	case w.accept("NULL"):
		return Literal{Type: "NULL"}, nil
	case t.is("TIMESTAMP") && w.peek(1).kind == tokenString:
		w.next()
		return Literal{"TIMESTAMP", w.next().val}, nil
	case t.is("CURRENT_TIMESTAMP"), t.is("NOW") && w.peek(1).isSymbol("("):
		return w.now()
	case t.kind != tokenWord && t.kind != tokenQuoted:
		return nil, w.unexpected(expected...)
	case slices.ContainsFunc(reservedHere[:], t.is):
		return nil, w.unexpected(expected...)
	case t.is("EXISTS") && w.peek(1).isSymbol("("):
		return nil, w.refuse(t, "subqueries are not supported here, expected "+either(expected), expected...)
	case w.peek(1).isSymbol("("):
		return nil, w.refuse(t, "functions are not supported here, expected "+either(expected), expected...)
	case t.kind == tokenQuoted && t.val == "":
		return nil, w.refuse(t, "a name part must not be empty")
	}
	w.next()
	if after := w.peek(0); t.kind == tokenWord && after.off == t.end && after.stray() && !strings.Contains("[+*/%|&^~", after.val) && !w.together("!=") {
		return nil, w.mustQuote(t, nil)
	} else if after.isSymbol(".") {
		return nil, w.refuse(after, "a column is one name")
	}
	if !w.acceptSymbol("[") {
		return Field{Column: t.val}, nil
	}
	key, err := w.text()
	if err != nil {
		return nil, err
	}
	if !w.acceptSymbol("]") {
		return nil, w.unexpected("]")
	}
	return Field{t.val, &key}, nil
}

// numeral reads a number: [+|-] digits [. [digits]] [e [+|-] digits], or one
// that begins with its point, written without a space behind the sign.
func (w *whereParser) numeral(expected []string) (Operand, error) {
	first := w.peek(0)
	if sign := first.isSymbol("-") || first.isSymbol("+"); sign {
		if after := w.peek(1); after.off != first.end || !after.isSymbol(".") && (after.kind != tokenWord || !digits(after.val[:1])) {
			return nil, w.unexpected(expected...)
		}
		w.next()
	}
	end := w.peek(0).off
	for t := w.peek(0); t.off == end && (t.kind == tokenWord || t.isSymbol(".") || exponentSign(w.lex.text[first.off:end], t)); t = w.peek(0) {
		end = w.next().end
	}
	whole := token{kind: tokenWord, off: first.off, end: end}
	text := strings.TrimPrefix(w.lex.text[first.off:end], "+")
	if !numberText(text) {
		return nil, w.refuse(whole, "expected a number", "a number")
	}
	return Literal{"NUMBER", text}, nil
}

// exponentSign reports whether a token is the sign of the exponent of a number
// that has been read so far.
func exponentSign(number string, t token) bool {
	return (t.isSymbol("-") || t.isSymbol("+")) && number != "" && number[len(number)-1]|0x20 == 'e'
}

// numberText reports whether a text is a number as SQL writes it.
func numberText(s string) bool {
	s = strings.TrimPrefix(s, "-")
	mantissa, exponent, scientific := strings.Cut(strings.ToLower(s), "e")
	if scientific {
		if exponent != "" && (exponent[0] == '-' || exponent[0] == '+') {
			exponent = exponent[1:]
		}
		if !digits(exponent) {
			return false
		}
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	return (whole == "" || digits(whole)) && (fraction == "" || digits(fraction)) && whole+fraction != ""
}

// units are those of intervals, in seconds.
var units = [...]struct {
	name    string
	seconds int64
}{{"SECOND", 1}, {"MINUTE", 60}, {"HOUR", 3600}, {"DAY", 86_400}, {"WEEK", 604_800}}

// maxInterval is a hundred years, in seconds.
const maxInterval = 36_525 * 86_400

// now reads CURRENT_TIMESTAMP [()] or NOW(), and the interval taken from it.
func (w *whereParser) now() (Operand, error) {
	w.next()
	if w.acceptSymbol("(") && !w.acceptSymbol(")") {
		return nil, w.unexpected(")")
	}
	if !w.peek(0).isSymbol("-") {
		return Now{}, nil
	}
	w.next()
	if !w.accept("INTERVAL") {
		return nil, w.unexpected("INTERVAL")
	}
	t := w.peek(0)
	n, err := strconv.ParseInt(t.val, 10, 64)
	if t.kind != tokenWord && t.kind != tokenString || !digits(t.val) {
		return nil, w.unexpected("a whole number")
	} else if err != nil {
		n = math.MaxInt64
	}
	w.next()
	for _, u := range units {
		if !w.accept(u.name) && !w.accept(u.name+"S") {
			continue
		}
		if n > maxInterval/u.seconds {
			return nil, w.refuse(t, "an interval is at most 100 years")
		}
		return Now{n, u.name}, nil
	}
	return nil, w.unexpected("SECOND", "MINUTE", "HOUR", "DAY", "WEEK")
}
