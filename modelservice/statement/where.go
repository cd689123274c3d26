package statement

import (
	"fmt"
	"slices"
)

// truth is what a condition says of a row, in the order of AND and OR: AND is the
// least of its parts, OR the greatest, and NOT turns the order round.
type truth uint8

const (
	no truth = iota
	unknown
	yes
)

func (t truth) not(not bool) truth {
	if not {
		return yes - t
	}
	return t
}

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// A test is a condition that is ready to be asked about the row that a scan is at.
type test func(*scan) truth

// compile checks a condition against the columns of a table, and makes a test of
// it. It is the only evaluator; what a sink can do besides is a matter of speed.
func (s *scan) compile(c Condition) (test, error) {
	switch c := c.(type) {
	case And:
		return s.all(c, no, func(t, u truth) truth { return min(t, u) })
	case Or:
		return s.all(c, yes, func(t, u truth) truth { return max(t, u) })
	case Not:
		of, err := s.compile(c.Of)
		return func(s *scan) truth { return of(s).not(true) }, err
	case Comparison:
		return s.comparison(c, c.Left, c.Op, c.Right)
	case IsNull:
		of, err := s.value(c.Of)
		return func(s *scan) truth { return truthOf((of.of(s) == nil) != c.Not) }, err
	case In:
		return s.in(c)
	case Between:
		return s.between(c)
	case Like:
		return s.like(c)
	case Contains:
		return s.contains(c)
	}
	return nil, invalid("The condition is none.")
}

// all joins conditions. The first that is what decides ends it.
func (s *scan) all(list []Condition, decides truth, join func(t, u truth) truth) (test, error) {
	tests := make([]test, len(list))
	for i, c := range list {
		var err error
		if tests[i], err = s.compile(c); err != nil {
			return nil, err
		}
	}
	return func(s *scan) truth {
		t := yes - decides
		for _, test := range tests {
			if t = join(t, test(s)); t == decides {
				break
			}
		}
		return t
	}, nil
}

// comparison compares two operands of a condition, which is what an error shows.
func (s *scan) comparison(c Condition, left Operand, op string, right Operand) (test, error) {
	l, r, err := s.pair(c, left, right)
	if err != nil {
		return nil, err
	}
	return func(s *scan) truth {
		a, b := l.of(s), r.of(s)
		switch {
		case op == "<=>" && (a == nil || b == nil):
			return truthOf(a == nil && b == nil)
		case a == nil || b == nil:
			return unknown
		}
		return truthOf(holds(op, compare(a, b)))
	}, nil
}

// holds reports whether op holds of two values that compare like n and 0.
func holds(op string, n int) bool {
	switch op {
	case "<>":
		return n != 0
	case "<":
		return n < 0
	case "<=":
		return n <= 0
	case ">":
		return n > 0
	case ">=":
		return n >= 0
	}
	return n == 0
}

func (s *scan) between(c Between) (test, error) {
	low, err := s.comparison(c, c.Of, ">=", c.Low)
	if err != nil {
		return nil, err
	}
	high, err := s.comparison(c, c.Of, "<=", c.High)
	return func(s *scan) truth { return min(low(s), high(s)).not(c.Not) }, err
}

// in looks a column's value up in a sorted list. For anything else it compares
// with one value after the other: each may want it to be of another type.
func (s *scan) in(c In) (test, error) {
	if _, ok := c.Of.(Field); !ok {
		each := make(Or, len(c.Values))
		for i, v := range c.Values {
			each[i] = Comparison{c.Of, "=", v}
		}
		of, err := s.compile(each)
		return func(s *scan) truth { return of(s).not(c.Not) }, err
	}
	of, err := s.value(c.Of)
	if err != nil {
		return nil, err
	}
	absent := no // what it means not to be in the list
	list := make([]any, 0, len(c.Values))
	for _, v := range c.Values {
		_, constant, err := s.pair(c, c.Of, v)
		switch {
		case err != nil:
			return nil, err
		case constant.constant == nil:
			absent = unknown
		default:
			list = append(list, constant.constant)
		}
	}
	slices.SortFunc(list, compare)
	return func(s *scan) truth {
		v := of.of(s)
		if v == nil {
			return unknown
		}
		if _, there := slices.BinarySearchFunc(list, v, compare); there {
			return yes.not(c.Not)
		}
		return absent.not(c.Not)
	}, nil
}

func (s *scan) like(c Like) (test, error) {
	of, err := s.value(c.Of)
	if err != nil {
		return nil, err
	}
	if of.kind != kindText && of.kind != kindNull {
		return nil, mismatch("UNEXPECTED_INPUT_TYPE", c, fmt.Sprintf("LIKE requires a %q, %s has the type %q", "STRING", clip(c.Of.String()), of.typ))
	}
	fits, err := newLikePattern(c.Pattern, c.Escape)
	if err != nil {
		return nil, err
	}
	return func(s *scan) truth {
		v, ok := of.of(s).(string)
		if !ok {
			return unknown
		}
		return truthOf(fits.match(v) != c.Not)
	}, nil
}

func (s *scan) contains(c Contains) (test, error) {
	i, err := s.want(c.Column)
	if err != nil {
		return nil, err
	}
	if s.columns[i].Type != "ARRAY<STRING>" {
		return nil, mismatch("UNEXPECTED_INPUT_TYPE", c, fmt.Sprintf("ARRAY_CONTAINS requires an %q, %s has the type %q",
			"ARRAY<STRING>", Quote(c.Column), s.columns[i].Type))
	}
	return func(s *scan) truth {
		list, ok := s.at(i).([]string)
		if !ok {
			return unknown
		}
		return truthOf(slices.Contains(list, c.Value))
	}, nil
}
