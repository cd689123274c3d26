package statement

import (
	"strconv"
	"unicode/utf8"
)

// What one WHERE may have. The first bounds the stack, the others the memory.
const (
	maxDepth  = 64     // parentheses and NOTs around one another
	maxTerms  = 1_000  // comparisons and other conditions without AND, OR or NOT
	maxValues = 10_000 // values of all IN lists together
)

// where reads a condition.
func (p *parser) where() (Condition, error) {
	w := whereParser{parser: p}
	return w.or()
}

// A whereParser descends into a condition, OR over AND over NOT over the rest.
type whereParser struct {
	*parser
	depth, terms, values int
}

func (w *whereParser) or() (Condition, error) {
	var all Or
	for {
		c, err := w.and()
		if err != nil {
			return nil, err
		}
		if inner, ok := c.(Or); ok {
			all = append(all, inner...)
		} else {
			all = append(all, c)
		}
		if !w.accept("OR") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

func (w *whereParser) and() (Condition, error) {
	var all And
	for {
		c, err := w.not()
		if err != nil {
			return nil, err
		}
		if inner, ok := c.(And); ok {
			all = append(all, inner...)
		} else {
			all = append(all, c)
		}
		if !w.accept("AND") {
			break
		}
	}
	if len(all) == 1 {
		return all[0], nil
	}
	return all, nil
}

// not reads a condition that binds closer than AND: one with NOT before it, one
// in parentheses, or a term.
func (w *whereParser) not() (Condition, error) {
	t := w.peek(0)
	negated, open := t.is("NOT"), t.isSymbol("(")
	if !negated && !open {
		return w.term()
	}
	if w.depth == maxDepth {
		return nil, w.refuse(t, "a condition has at most "+strconv.Itoa(maxDepth)+" parentheses and NOTs around one another")
	}
	w.depth++
	defer func() { w.depth-- }()
	w.next()
	if negated {
		c, err := w.not()
		return Not{c}, err
	}
	if w.peek(0).is("SELECT") {
		return nil, w.refuse(w.peek(0), "subqueries are not supported here, expected a condition", "a condition")
	}
	c, err := w.or()
	if err != nil {
		return nil, err
	}
	if !w.acceptSymbol(")") {
		return nil, w.unsupportedClause("AND", "OR", ")")
	}
	return c, nil
}

// term reads a condition without AND, OR or NOT before it.
func (w *whereParser) term() (Condition, error) {
	if w.terms++; w.terms > maxTerms {
		return nil, w.refuse(w.peek(0), "a condition has at most "+strconv.Itoa(maxTerms)+" parts")
	}
	if w.peek(0).is("ARRAY_CONTAINS") && w.peek(1).isSymbol("(") {
		return w.contains()
	}
	left, err := w.operand("a condition")
	if err != nil {
		return nil, err
	}
	if w.accept("IS") {
		not := w.accept("NOT")
		if !w.accept("NULL") {
			if not {
				return nil, w.unexpected("NULL")
			}
			return nil, w.unexpected("NULL", "NOT NULL")
		}
		return IsNull{left, not}, nil
	}
	not := w.accept("NOT")
	switch {
	case w.accept("IN"):
		values, err := w.list()
		return In{left, not, values}, err
	case w.accept("BETWEEN"):
		return w.between(left, not)
	case w.accept("LIKE"):
		return w.like(left, not)
	case not:
		return nil, w.unsupportedClause("IN", "BETWEEN", "LIKE")
	}
	op, err := w.operator()
	if err != nil {
		return nil, err
	}
	right, err := w.operand("a column", "a value")
	if err != nil {
		return nil, err
	}
	return Comparison{left, op, right}, nil
}

// operators are the comparisons as they may be written, the longest first.
var operators = [...]struct{ written, op string }{
	{"<=>", "<=>"}, {"==", "="}, {"!=", "<>"}, {"<>", "<>"}, {"<=", "<="}, {">=", ">="}, {"=", "="}, {"<", "<"}, {">", ">"},
}

func (w *whereParser) operator() (string, error) {
	for _, o := range operators {
		if w.together(o.written) {
			for range o.written {
				w.next()
			}
			return o.op, nil
		}
	}
	return "", w.unsupportedClause("a comparison", "IS", "IN", "BETWEEN", "LIKE")
}

// together reports whether the next characters are these, with nothing between
// them.
func (w *whereParser) together(symbols string) bool {
	end := w.peek(0).off
	for i := range len(symbols) {
		t := w.peek(i)
		if t.off != end || !t.isSymbol(symbols[i:i+1]) {
			return false
		}
		end = t.end
	}
	return true
}

// list reads the values of IN.
func (w *whereParser) list() ([]Operand, error) {
	if !w.acceptSymbol("(") {
		return nil, w.unexpected("(")
	}
	var values []Operand
	for {
		t := w.peek(0)
		if t.is("SELECT") {
			return nil, w.refuse(t, "subqueries are not supported here, expected a value", "a value")
		}
		if w.values++; w.values > maxValues {
			return nil, w.refuse(t, "IN has at most "+strconv.Itoa(maxValues)+" values")
		}
		v, err := w.operand("a value")
		if err != nil {
			return nil, err
		}
		if _, ok := v.(Field); ok {
			return nil, w.refuse(t, "IN takes values and no columns, expected a value", "a value")
		}
		values = append(values, v)
		if !w.acceptSymbol(",") {
			break
		}
	}
	if !w.acceptSymbol(")") {
		return nil, w.unexpected(",", ")")
	}
	return values, nil
}

func (w *whereParser) between(of Operand, not bool) (Condition, error) {
	low, err := w.operand("a column", "a value")
	if err != nil {
		return nil, err
	}
	if !w.accept("AND") {
		return nil, w.unexpected("AND")
	}
	high, err := w.operand("a column", "a value")
	if err != nil {
		return nil, err
	}
	return Between{of, not, low, high}, nil
}

// defaultEscape is Spark's.
const defaultEscape = `\`

func (w *whereParser) like(of Operand, not bool) (Condition, error) {
	c := Like{Of: of, Not: not}
	var err error
	if c.Pattern, err = w.text(); err != nil {
		return nil, err
	}
	if !w.accept("ESCAPE") {
		return c, nil
	}
	t := w.peek(0)
	if c.Escape, err = w.text(); err != nil {
		return nil, err
	}
	if utf8.RuneCountInString(c.Escape) != 1 {
		return nil, w.refuse(t, "ESCAPE takes one character, expected a text in single quotes", "a text in single quotes")
	}
	if c.Escape == defaultEscape {
		c.Escape = ""
	}
	return c, nil
}

// contains reads ARRAY_CONTAINS(column, 'value').
func (w *whereParser) contains() (Condition, error) {
	w.next()
	w.next()
	t := w.peek(0)
	o, err := w.operand("a column")
	if err != nil {
		return nil, err
	}
	column, ok := o.(Field)
	if !ok || column.Key != nil {
		return nil, w.refuse(t, "ARRAY_CONTAINS takes a column and a text, expected a column", "a column")
	}
	if !w.acceptSymbol(",") {
		return nil, w.unexpected(",")
	}
	value, err := w.text()
	if err != nil {
		return nil, err
	}
	if !w.acceptSymbol(")") {
		return nil, w.unexpected(")")
	}
	return Contains{column.Column, value}, nil
}
