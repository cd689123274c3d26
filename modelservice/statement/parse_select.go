package statement

import (
	"math"
	"strconv"
)

func (p *parser) selection() (Statement, error) {
	var s Select
	var err error
	if !p.acceptSymbol("*") {
		if s.Columns, err = p.columns(); err != nil {
			return nil, err
		}
	}
	if !p.accept("FROM") {
		if t := p.peek(0); s.Columns == nil || t.kind == tokenBad {
			return nil, p.unexpected("FROM")
		} else if t.isSymbol(".") || t.isSymbol("(") {
			return nil, p.refuse(t, "a column is one name, expected FROM or \",\"", "FROM", ",")
		}
		return nil, p.unexpected("FROM", ",")
	}
	if s.From, err = p.name(); err != nil {
		return nil, err
	}
	if p.accept("LIMIT") {
		if s.Limit, err = p.limit(); err != nil {
			return nil, err
		}
	} else if !p.ends(0) {
		return nil, p.unsupportedClause("LIMIT", "the end of the statement")
	}
	if !p.ends(0) {
		return nil, p.unsupportedClause("the end of the statement")
	}
	return s, nil
}

func (p *parser) columns() ([]string, error) {
	var columns []string
	for {
		if p.closes(0, "FROM") || p.ends(0) {
			return nil, p.unexpected("a column", "*")
		}
		column, err := p.part(nil)
		if err != nil {
			return nil, err
		}
		columns = append(columns, column)
		if !p.acceptSymbol(",") {
			return columns, nil
		}
	}
}

// limit reads a number of rows.
func (p *parser) limit() (*int64, error) {
	t := p.peek(0)
	if t.isSymbol("-") {
		return nil, p.refuse(t, "LIMIT must not be negative, expected a number of rows", "a number of rows")
	}
	if t.kind != tokenWord || !digits(t.val) {
		return nil, p.unexpected("a number of rows")
	}
	n, err := strconv.ParseInt(t.val, 10, 64)
	if err != nil {
		return nil, p.refuse(t, "LIMIT is at most "+strconv.FormatInt(math.MaxInt64, 10)+", expected a number of rows", "a number of rows")
	}
	p.next()
	return &n, nil
}

// unsupportedClause is unexpected, and says so when the token starts a clause
// that SELECT has elsewhere.
func (p *parser) unsupportedClause(expected ...string) error {
	t := p.peek(0)
	for _, w := range clauses {
		if t.is(w) {
			return p.refuse(t, w+" is not supported here, expected "+either(expected), expected...)
		}
	}
	return p.unexpected(expected...)
}

var clauses = [...]string{
	"WHERE", "ORDER", "GROUP", "HAVING", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "UNION", "INTERSECT",
	"EXCEPT", "OFFSET", "SORT", "CLUSTER", "DISTRIBUTE", "WINDOW", "LATERAL", "TABLESAMPLE", "VERSION", "TIMESTAMP", "AS",
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
