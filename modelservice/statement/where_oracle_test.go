package statement

import (
	"cmp"
	"context"
	"fmt"
	"math/big"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

// The oracle: what SQL says a SELECT answers, worked out over all rows and without
// any of the ways to be quick. nil is NULL, or UNKNOWN.

var oracleNow = time.Date(2026, 8, 1, 12, 0, 0, 0, time.UTC)

func naiveSelect(all []*inferencelog.Record, s Select) (rows [][]string) {
	var kept []*inferencelog.Record
	for _, r := range all {
		if s.Where == nil || isTrue(naive(r, s.Where)) {
			kept = append(kept, r)
		}
	}
	if s.Count {
		return [][]string{{strconv.Itoa(len(kept))}}
	}
	// In the order written; the later written comes first among equals, and the
	// newest of all, unless the order begins with the oldest.
	oldest := len(s.OrderBy) > 0 && s.OrderBy[0] == Order{"event_time", false}
	if !oldest {
		slices.Reverse(kept)
	}
	orders := append(slices.Clone(s.OrderBy), Order{"event_time", !oldest})
	slices.SortStableFunc(kept, func(a, b *inferencelog.Record) int {
		for _, o := range orders {
			n := naiveOrder(a.Value(o.Column), b.Value(o.Column))
			if o.Descending {
				n = -n
			}
			if n != 0 {
				return n
			}
		}
		return 0
	})
	kept = kept[min(s.Offset, int64(len(kept))):]
	if s.Limit != nil {
		kept = kept[:min(*s.Limit, int64(len(kept)))]
	}
	for _, r := range kept {
		var row []string
		for _, c := range s.Columns {
			v := text(r.Value(c))
			if v == nil {
				v = some("NULL")
			}
			row = append(row, *v)
		}
		rows = append(rows, row)
	}
	return rows
}

// naiveOrder orders two values of a column; NULL comes first.
func naiveOrder(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	return *naiveCompare(a, b)
}

func naive(r *inferencelog.Record, c Condition) *bool {
	not := func(t *bool, not bool) *bool {
		if t == nil {
			return nil
		}
		return known(*t != not)
	}
	switch c := c.(type) {
	case And:
		result := known(true)
		for _, part := range c {
			switch t := naive(r, part); {
			case t != nil && !*t:
				return t
			case t == nil:
				result = nil
			}
		}
		return result
	case Or:
		var all And
		for _, part := range c {
			all = append(all, Not{part})
		}
		return not(naive(r, all), true)
	case Not:
		return not(naive(r, c.Of), true)
	case IsNull:
		return known((naiveValue(r, c.Of, "") == nil) != c.Not)
	case Comparison:
		return naiveOp(r, c.Left, c.Op, c.Right)
	case Between:
		return not(naive(r, And{Comparison{c.Of, ">=", c.Low}, Comparison{c.Of, "<=", c.High}}), c.Not)
	case In:
		var each Or
		for _, v := range c.Values {
			each = append(each, Comparison{c.Of, "=", v})
		}
		return not(naive(r, each), c.Not)
	case Like:
		v := naiveValue(r, c.Of, "")
		if v == nil {
			return nil
		}
		return not(known(naiveLike(c).MatchString(v.(string))), c.Not)
	case Contains:
		list, ok := r.Value(c.Column).([]string)
		if !ok {
			return nil
		}
		return known(slices.Contains(list, c.Value))
	}
	panic(fmt.Sprintf("%T", c))
}

func naiveLike(c Like) *regexp.Regexp {
	pattern, escaped := `(?s)\A`, false
	for _, r := range c.Pattern {
		switch {
		case !escaped && string(r) == cmp.Or(c.Escape, `\`):
			escaped = true
			continue
		case !escaped && r == '%':
			pattern += ".*"
		case !escaped && r == '_':
			pattern += "."
		default:
			pattern += regexp.QuoteMeta(string(r))
		}
		escaped = false
	}
	return regexp.MustCompile(pattern + `\z`)
}

func naiveOp(r *inferencelog.Record, left Operand, op string, right Operand) *bool {
	a, b := naiveValue(r, left, naiveType(right)), naiveValue(r, right, naiveType(left))
	if a == nil || b == nil {
		if op == "<=>" {
			return known(a == nil && b == nil)
		}
		return nil
	}
	n := *naiveCompare(a, b)
	return known(map[string]bool{"=": n == 0, "<=>": n == 0, "<>": n != 0, "<": n < 0, "<=": n <= 0, ">": n > 0, ">=": n >= 0}[op])
}

// naiveValue is what an operand stands for, where a text may stand for a constant
// of the type it is compared with.
func naiveValue(r *inferencelog.Record, o Operand, with string) any {
	switch o := o.(type) {
	case Field:
		if o.Key == nil {
			return r.Value(o.Column)
		}
		tags, _ := r.Value(o.Column).(map[string]string)
		if v, ok := tags[*o.Key]; ok {
			return v
		}
		return nil
	case Now:
		seconds := map[string]int64{"": 0, "SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400, "WEEK": 7 * 86400}[o.Unit] * o.Ago
		return time.Unix(oracleNow.Unix()-seconds, 0).UTC()
	case Literal:
		switch {
		case o.Type == "NULL":
			return nil
		case o.Type == "NUMBER" || o.Type == "STRING" && with == "NUMBER":
			n, ok := new(big.Rat).SetString(strings.TrimSuffix(o.Text, "."))
			if !ok {
				panic(o.Text)
			}
			return n
		case o.Type == "TIMESTAMP" || with == "TIMESTAMP":
			for _, form := range []string{"2006-01-02", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00", time.RFC3339} {
				if t, err := time.Parse(form, o.Text); err == nil {
					return t.UTC()
				}
			}
			panic(o.Text)
		}
		return o.Text
	}
	panic(fmt.Sprintf("%T", o))
}

// naiveType is NUMBER, TIMESTAMP, STRING or NULL.
func naiveType(o Operand) string {
	switch o := o.(type) {
	case Field:
		if o.Key != nil {
			return "STRING"
		}
		i := slices.IndexFunc(inferencelog.Columns(), func(c inferencelog.Column) bool { return c.Name == o.Column })
		switch t := inferencelog.Columns()[i].Type; t {
		case "INT", "BIGINT", "DOUBLE":
			return "NUMBER"
		default:
			return t
		}
	case Literal:
		return o.Type
	}
	return "TIMESTAMP"
}

func naiveCompare(a, b any) *int {
	var n int
	switch a := a.(type) {
	case string:
		n = strings.Compare(a, b.(string))
	case time.Time:
		n = a.Compare(b.(time.Time))
	case float64:
		n = cmp.Compare(a, toFloat(b))
	default:
		if f, ok := b.(float64); ok {
			n = cmp.Compare(toFloat(a), f)
		} else {
			n = toRat(a).Cmp(toRat(b))
		}
	}
	return &n
}

func toFloat(v any) float64 {
	if f, ok := v.(float64); ok {
		return f
	}
	f, _ := toRat(v).Float64()
	return f
}

func toRat(v any) *big.Rat {
	if n, ok := v.(int64); ok {
		return new(big.Rat).SetInt64(n)
	}
	return v.(*big.Rat)
}

func known(b bool) *bool { return &b }

func isTrue(t *bool) bool { return t != nil && *t }

// answerOf answers a statement over rows in a sink.
func answerOf(t interface{ Fatalf(string, ...any) }, list []*inferencelog.Record, statement string) (*Result, *reader) {
	ctx := context.Background()
	sink := inferencelog.NewMemory()
	if err := sink.Create(ctx, inferencelog.Table{ID: 1, Name: "t"}); err != nil {
		t.Fatalf("%v", err)
	}
	if err := sink.Write(ctx, 1, list); err != nil {
		t.Fatalf("%v", err)
	}
	s, err := Parse(statement)
	if err != nil {
		t.Fatalf("%s\n%v", statement, err)
	}
	r, err := newReader(s.(Select), newScan(inferencelog.Columns(), oracleNow))
	if err != nil {
		t.Fatalf("%s\n%v", statement, err)
	}
	if err := r.run(ctx, sink.Rows(ctx, 1, r.query)); err != nil {
		t.Fatalf("%s\n%v", statement, err)
	}
	return &r.answer.Result, r
}

func TestSelectIsWhatSQLSays(t *testing.T) {
	pushed, held := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		list := recordsGen().Draw(t, "rows")
		for range 20 {
			s := typedSelectGen().Draw(t, "select")
			want := naiveSelect(list, s)
			result, r := answerOf(t, list, s.String())
			if got := printed(result.Rows); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s\nthe log was asked %+v\n got %q\nwant %q", s, r.query, got, want)
			}
			if result.Truncated {
				t.Fatalf("%s\nis cut", s)
			}
			if len(want) > 0 && s.Where != nil {
				held++
				if !reflect.DeepEqual(r.query, inferencelog.Query{Columns: r.query.Columns, Oldest: r.query.Oldest}) {
					pushed++
				}
			}
		}
	})
	if held < 300 || pushed < 200 {
		t.Errorf("only %d conditions held of a row, and %d asked the log: this proves nothing", held, pushed)
	}
}

func printed(rows [][]*string) (list [][]string) {
	for _, row := range rows {
		var line []string
		for _, v := range row {
			if v == nil {
				v = some("NULL")
			}
			line = append(line, *v)
		}
		list = append(list, line)
	}
	return list
}
