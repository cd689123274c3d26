package statement

import (
	"math"
	"strconv"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func selectGen(t *rapid.T) Statement {
	s := Select{From: nameGen().Draw(t, "from")}
	if rapid.Bool().Draw(t, "where?") {
		s.Where = conditionGen(2, shape{partGen(), operandGen()}).Draw(t, "where")
	}
	if s.Count = rapid.IntRange(0, 4).Draw(t, "count?") == 0; s.Count {
		return s
	}
	if rapid.Bool().Draw(t, "columns?") {
		s.Columns = rapid.SliceOfN(partGen(), 1, 4).Draw(t, "columns")
	}
	for range rapid.IntRange(0, 3).Draw(t, "orders") {
		s.OrderBy = append(s.OrderBy, Order{partGen().Draw(t, "by"), rapid.Bool().Draw(t, "descending")})
	}
	if rapid.Bool().Draw(t, "limit?") {
		s.Limit = rows(rapid.Int64Min(0).Draw(t, "limit"))
	}
	s.Offset = rapid.OneOf(rapid.Just[int64](0), rapid.Int64Min(0)).Draw(t, "offset")
	return s
}

// shape is what conditions are made of.
type shape struct {
	column  *rapid.Generator[string]
	operand *rapid.Generator[Operand]
}

// conditionGen makes conditions as they are read: no And in an And, no Or in an Or.
func conditionGen(depth int, s shape) *rapid.Generator[Condition] {
	return rapid.Custom(func(t *rapid.T) Condition {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		if depth == 0 {
			kind = kind % 6
		}
		of, not := s.operand.Draw(t, "of"), rapid.Bool().Draw(t, "not")
		switch kind {
		case 0:
			return IsNull{of, not}
		case 1:
			values := rapid.SliceOfN(s.operand.Filter(constant), 1, 4).Draw(t, "values")
			return In{of, not, values}
		case 2:
			return Between{of, not, s.operand.Draw(t, "low"), s.operand.Draw(t, "high")}
		case 3:
			return likeGen(of, not).Draw(t, "like")
		case 4:
			return Contains{s.column.Draw(t, "list"), textGen().Draw(t, "value")}
		case 6:
			return Not{conditionGen(depth-1, s).Draw(t, "negated")}
		case 7, 8, 9:
			parts := rapid.SliceOfN(conditionGen(depth-1, s), 2, 3).Draw(t, "parts")
			for i, c := range parts {
				_, and := c.(And)
				_, or := c.(Or)
				if kind == 7 && or || kind != 7 && and {
					parts[i] = Not{c}
				}
			}
			if kind == 7 {
				return Or(parts)
			}
			return And(parts)
		}
		return Comparison{of, rapid.SampledFrom([]string{"=", "<>", "<", "<=", ">", ">=", "<=>"}).Draw(t, "op"), s.operand.Draw(t, "right")}
	})
}

func constant(o Operand) bool {
	_, field := o.(Field)
	return !field
}

func likeGen(of Operand, not bool) *rapid.Generator[Condition] {
	return rapid.Custom(func(t *rapid.T) Condition {
		c := Like{Of: of, Not: not, Pattern: textGen().Draw(t, "pattern")}
		if rapid.Bool().Draw(t, "escape?") {
			c.Escape = string(rapid.Rune().Filter(func(r rune) bool { return r != '\\' && utf8.ValidRune(r) }).Draw(t, "escape"))
		}
		return c
	})
}

func operandGen() *rapid.Generator[Operand] {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) Operand {
			return Field{partGen().Draw(t, "column"), rapid.Ptr(textGen(), true).Draw(t, "key")}
		}),
		rapid.Custom(func(t *rapid.T) Operand { return Literal{"STRING", textGen().Draw(t, "text")} }),
		rapid.Custom(func(t *rapid.T) Operand { return Literal{"TIMESTAMP", textGen().Draw(t, "time")} }),
		rapid.Custom(func(t *rapid.T) Operand { return Literal{"NUMBER", numeralGen().Draw(t, "number")} }),
		rapid.Just[Operand](Literal{Type: "NULL"}),
		rapid.Just[Operand](Now{}),
		rapid.Custom(func(t *rapid.T) Operand {
			return Now{rapid.Int64Range(0, 5000).Draw(t, "n"), rapid.SampledFrom([]string{"SECOND", "MINUTE", "HOUR", "DAY", "WEEK"}).Draw(t, "unit")}
		}),
	)
}

func numeralGen() *rapid.Generator[string] {
	return rapid.OneOf(
		rapid.SampledFrom([]string{"0", "-0", "007", "1.", ".5", "-.5e+3", "1E-7", "1e999", strconv.Itoa(math.MinInt64), strconv.Itoa(math.MaxInt64)}),
		rapid.StringMatching(`-?[0-9]{1,20}(\.[0-9]{0,5})?(e[+-]?[0-9]{1,3})?`),
	)
}
