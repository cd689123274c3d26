package statement

import (
	"math"
	"slices"
	"strconv"
)

// maxOrders is how many columns one ORDER BY may name.
const maxOrders = 32

func (p *parser) selection() (Statement, error) {
	var s Select
	var err error
	switch {
	case p.peek(0).is("COUNT") && p.peek(1).isSymbol("(") && p.peek(2).isSymbol("*") && p.peek(3).isSymbol(")"):
		for range 4 {
			p.next()
		}
		s.Count = true
	case !p.acceptSymbol("*"):
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
	if err := p.clausesOf(&s); err != nil {
		return nil, err
	}
	return s, nil
}

// clausesOf reads what follows FROM name. What can come next shrinks with each
// clause that is there.
func (p *parser) clausesOf(s *Select) (err error) {
	next := []string{"WHERE", "ORDER BY", "LIMIT", "OFFSET", "the end of the statement"}
	if s.Count {
		next = slices.Delete(next, 1, 4)
	}
	if p.accept("WHERE") {
		if s.Where, err = p.where(); err != nil {
			return err
		}
		next = append([]string{"AND", "OR"}, next[1:]...)
	}
	if !s.Count && p.accept("ORDER") {
		var directed bool
		if s.OrderBy, directed, err = p.orders(); err != nil {
			return err
		}
		next = []string{"ASC", "DESC", ",", "LIMIT", "OFFSET", "the end of the statement"}
		if directed {
			next = next[2:]
		}
	}
	if !s.Count && p.accept("LIMIT") {
		n, err := p.number("LIMIT")
		if err != nil {
			return err
		}
		s.Limit, next = &n, []string{"OFFSET", "the end of the statement"}
	}
	if !s.Count && p.accept("OFFSET") {
		if s.Offset, err = p.number("OFFSET"); err != nil {
			return err
		}
		next = []string{"the end of the statement"}
	}
	if !p.ends(0) {
		return p.unsupportedClause(next...)
	}
	return nil
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

// orders reads what follows ORDER, and whether the last column has a direction.
func (p *parser) orders() (orders []Order, directed bool, err error) {
	if !p.accept("BY") {
		return nil, false, p.unexpected("BY")
	}
	for {
		t := p.peek(0)
		if len(orders) == maxOrders {
			return nil, false, p.refuse(t, "ORDER BY names at most "+strconv.Itoa(maxOrders)+" columns")
		}
		if t.isSymbol("(") || p.ends(0) {
			return nil, false, p.unexpected("a column")
		}
		column, err := p.part(nil)
		if err != nil {
			return nil, false, err
		}
		if p.peek(0).isSymbol("(") {
			return nil, false, p.refuse(t, "functions are not supported here, expected a column", "a column")
		}
		descending := p.accept("DESC")
		directed = descending || p.accept("ASC")
		orders = append(orders, Order{column, descending})
		if !p.acceptSymbol(",") {
			return orders, directed, nil
		}
	}
}

// number reads the number of rows of a clause.
func (p *parser) number(clause string) (int64, error) {
	t := p.peek(0)
	if t.isSymbol("-") {
		return 0, p.refuse(t, clause+" must not be negative, expected a number of rows", "a number of rows")
	}
	if t.kind != tokenWord || !digits(t.val) {
		return 0, p.unexpected("a number of rows")
	}
	n, err := strconv.ParseInt(t.val, 10, 64)
	if err != nil {
		return 0, p.refuse(t, clause+" is at most "+strconv.FormatInt(math.MaxInt64, 10)+", expected a number of rows", "a number of rows")
	}
	p.next()
	return n, nil
}

// unsupportedClause is unexpected, and says so when the token starts a clause
// that SELECT has elsewhere, or here in another place.
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
	"WHERE", "ORDER", "LIMIT", "OFFSET", "GROUP", "HAVING", "QUALIFY", "JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL",
	"UNION", "INTERSECT", "EXCEPT", "MINUS", "FETCH", "NULLS", "SORT", "CLUSTER", "DISTRIBUTE", "WINDOW", "LATERAL", "PIVOT",
	"TABLESAMPLE", "VERSION", "TIMESTAMP", "AS", "ILIKE", "RLIKE", "REGEXP", "DIV", "COLLATE",
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
