package statement

import (
	"slices"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

// maxPushed is the longest list that a sink is asked about.
const maxPushed = 100

// push asks the sink for no more rows than a condition needs, by those of its
// parts that the log has conditions for. It reports whether that is all of it, so
// that no row will come that the condition does not hold of.
func (s *scan) push(q *inferencelog.Query, c Condition) (all bool) {
	all = c == nil || s.pushPart(q, c)
	// Rows without a time come before every end; and to the log, the zero time is no
	// bound.
	return all && (q.To.IsZero() || !q.From.IsZero())
}

func (s *scan) pushPart(q *inferencelog.Query, c Condition) (all bool) {
	switch c := c.(type) {
	case And:
		all = true
		for _, part := range c {
			all = s.pushPart(q, part) && all
		}
		return all
	case Comparison:
		return s.pushComparison(q, c, c.Left, c.Op, c.Right)
	case Between:
		if c.Not {
			return false
		}
		low := s.pushComparison(q, c, c.Of, ">=", c.Low)
		return s.pushComparison(q, c, c.Of, "<=", c.High) && low
	case In:
		if _, ok := c.Of.(Field); !ok || c.Not || len(c.Values) > maxPushed {
			return false
		}
		var constants []any
		var column value
		for _, v := range c.Values {
			l, r, err := s.pair(c, c.Of, v)
			if err != nil {
				return false
			}
			column = l
			if r.constant != nil {
				constants = append(constants, r.constant)
			}
		}
		return s.pushList(q, column, constants)
	}
	return false
}

// turned are the operators with their sides exchanged.
var turned = map[string]string{"=": "=", "<=>": "<=>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}

func (s *scan) pushComparison(q *inferencelog.Query, c Condition, left Operand, op string, right Operand) bool {
	l, r, err := s.pair(c, left, right)
	if err != nil {
		return false
	}
	if l.column < 0 {
		l, r, op = r, l, turned[op]
	}
	if l.column < 0 || r.column >= 0 || r.constant == nil {
		return false
	}
	if t, ok := r.constant.(time.Time); ok && s.named(l) == "event_time" {
		return pushTime(q, op, t) && t.After(time.Time{})
	}
	if op == "=" || op == "<=>" {
		return s.pushList(q, l, []any{r.constant})
	}
	return false
}

// named is the name of the column that a value is, or nothing.
func (s *scan) named(v value) string {
	if v.column < 0 || v.key != nil {
		return ""
	}
	return s.columns[v.column].Name
}

// pushTime narrows the range of times: from its beginning, up to its end without
// it. Rows have their times to the microsecond.
func pushTime(q *inferencelog.Query, op string, t time.Time) bool {
	after := t.Add(time.Microsecond)
	var from, to time.Time
	switch op {
	case "=", "<=>":
		from, to = t, after
	case ">=":
		from = t
	case ">":
		from = after
	case "<":
		to = t
	case "<=":
		to = after
	default:
		return false
	}
	if from.After(q.From) {
		q.From = from
	}
	if !to.IsZero() && (q.To.IsZero() || to.Before(q.To)) {
		q.To = to
	}
	return true
}

// pushList asks for rows whose column is one of the constants. Only the first list
// for a column is taken. To the log, no constant would be no condition, and the
// empty text and 0 stand for NULL, which is equal to nothing.
func (s *scan) pushList(q *inferencelog.Query, column value, constants []any) bool {
	if len(constants) == 0 {
		return false
	}
	switch s.named(column) {
	case "requester":
		return takeTexts(&q.Requesters, constants)
	case "requester_id":
		return takeTexts(&q.RequesterIDs, constants)
	case "destination_name":
		return takeTexts(&q.Destinations, constants)
	case "outcome":
		return takeTexts(&q.Outcomes, constants)
	case "status_code":
		if q.Statuses != nil {
			return false
		}
		var list []int
		for _, c := range constants {
			if n, ok := c.(*number); ok {
				if whole, ok := n.whole(); ok {
					list = append(list, whole)
				}
			}
		}
		q.Statuses = list // none: no condition
		return len(list) > 0 && !slices.Contains(list, 0)
	}
	return false
}

// takeTexts makes a list of the query of constants, which are texts, unless there
// is one.
func takeTexts[T ~string](list *[]T, constants []any) bool {
	if *list != nil {
		return false
	}
	texts := make([]T, len(constants))
	for i, c := range constants {
		text, ok := c.(string)
		if !ok {
			return false
		}
		texts[i] = T(text)
	}
	*list = texts
	return !slices.Contains(texts, "")
}
