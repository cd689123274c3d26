package statement

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

// What the generators are made of: few values, so that conditions hold of some rows.
var (
	someTexts  = []string{"", "a", "b", "ab", "o'neil", "50%", "a_b", "größe\nx", "ok", "10"}
	someKeys   = []string{"team", "", "k'"}
	someInts   = []int64{0, 1, 200, 429, -5, math.MaxInt64, math.MinInt64, 1 << 53, 1<<53 + 1}
	someTimes  = []string{"2026-08-01 11:00:00", "2026-08-01 11:00:00.000001Z", "2026-08-01", "2026-07-25T12:00:00+02:00"}
	textFields = []string{"requester", "outcome", "destination_name", "requester_id", "request", "url"}
	numFields  = []string{"status_code", "latency_ms", "total_tokens", "sampling_fraction"}
)

func recordsGen() *rapid.Generator[[]*inferencelog.Record] {
	return rapid.Custom(func(t *rapid.T) []*inferencelog.Record {
		text := rapid.SampledFrom(someTexts)
		number := rapid.SampledFrom(someInts)
		var list []*inferencelog.Record
		for i := range rapid.IntRange(0, 12).Draw(t, "rows") {
			at, _ := parseTime(rapid.SampledFrom(someTimes).Draw(t, "time"))
			r := &inferencelog.Record{
				ID: fmt.Sprint("row", i), EventTime: at, Requester: text.Draw(t, "requester"), RequesterID: text.Draw(t, "id"),
				Outcome: inferencelog.Outcome(text.Draw(t, "outcome")), DestinationName: text.Draw(t, "destination"), URL: text.Draw(t, "url"),
				Request: []byte(text.Draw(t, "request")), StatusCode: int(number.Draw(t, "status")), LatencyMs: number.Draw(t, "latency"),
				SamplingFraction: rapid.SampledFrom([]float64{0.1, 0.5, 1}).Draw(t, "fraction"),
			}
			if rapid.Bool().Draw(t, "tokens?") {
				r.TotalTokens = inferencelog.Known(number.Draw(t, "tokens"))
			}
			if rapid.Bool().Draw(t, "lists?") {
				r.LoggingErrorCodes = rapid.SliceOfN(text, 0, 2).Draw(t, "codes")
				r.RequestTags = rapid.MapOfN(rapid.SampledFrom(someKeys), text, 0, 2).Draw(t, "tags")
			}
			list = append(list, r)
		}
		return list
	})
}

func textField() *rapid.Generator[Operand] {
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) Operand { return field(rapid.SampledFrom(textFields).Draw(t, "column")) }),
		rapid.Custom(func(t *rapid.T) Operand {
			return element("request_tags", rapid.SampledFrom(someKeys).Draw(t, "key"))
		}),
	)
}

// alikeGen makes operands that can be compared with each other: the first is often
// a column.
func alikeGen() *rapid.Generator[[]Operand] {
	return rapid.Custom(func(t *rapid.T) []Operand {
		column, constants := textField(), rapid.Custom(func(t *rapid.T) Operand { return str(rapid.SampledFrom(someTexts).Draw(t, "text")) })
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			column = rapid.Custom(func(t *rapid.T) Operand { return field(rapid.SampledFrom(numFields).Draw(t, "column")) })
			constants = rapid.Custom(func(t *rapid.T) Operand {
				n := strconv.FormatInt(rapid.SampledFrom(someInts).Draw(t, "number"), 10)
				return num(n + rapid.SampledFrom([]string{"", "", ".0", ".5", "."}).Draw(t, "fraction"))
			})
			constants = rapid.OneOf(constants, constants, rapid.SampledFrom([]Operand{num("0.1"), num("5e-1"), num("1e3"), num("-9223372036854775809"), num("9223372036854775808"), num("1e300")}))
		case 1:
			column = rapid.Just[Operand](field("event_time"))
			constants = rapid.OneOf(
				rapid.Custom(func(t *rapid.T) Operand { return Literal{"TIMESTAMP", rapid.SampledFrom(someTimes).Draw(t, "time")} }),
				rapid.Custom(func(t *rapid.T) Operand { return str(rapid.SampledFrom(someTimes).Draw(t, "time")) }),
				rapid.SampledFrom([]Operand{Now{}, Now{1, "HOUR"}, Now{1, "WEEK"}, Now{43200, "SECOND"}}),
			)
		}
		list := []Operand{column.Draw(t, "column")}
		for range 3 {
			list = append(list, rapid.OneOf(constants, constants, constants, column, rapid.Just[Operand](null)).Draw(t, "operand"))
		}
		if _, isText := list[0].(Field); isText && rapid.IntRange(0, 4).Draw(t, "turned") == 0 {
			list[0], list[1] = list[1], list[0]
		}
		return list
	})
}

func typedGen(depth int) *rapid.Generator[Condition] {
	return rapid.Custom(func(t *rapid.T) Condition {
		kind := rapid.IntRange(0, 9).Draw(t, "kind")
		if depth == 0 {
			kind %= 6
		}
		of, not := alikeGen().Draw(t, "operands"), rapid.Bool().Draw(t, "not")
		switch kind {
		case 0:
			return IsNull{rapid.OneOf(textField(), rapid.Just(of[0]), rapid.Just[Operand](field("request_tags"))).Draw(t, "of"), not}
		case 1:
			values := slices.DeleteFunc(slices.Clone(of[1:]), func(o Operand) bool { return !constant(o) })
			return In{of[0], not, append(values, null)[:max(1, len(values))]}
		case 2:
			return Between{of[0], not, of[1], of[2]}
		case 3:
			return Like{textField().Draw(t, "of"), not, rapid.SampledFrom([]string{"%", "", "_", "a%", "%b", "%e\n_", "50!%", "a!_b", "_%_", "%ö%x", "%_b%", "__%a_%"}).Draw(t, "pattern"), "!"}
		case 4:
			return Contains{"logging_error_codes", rapid.SampledFrom(someTexts).Draw(t, "code")}
		case 6:
			return Not{typedGen(depth-1).Draw(t, "negated")}
		case 7, 8, 9:
			parts := rapid.SliceOfN(typedGen(depth-1), 2, 3).Draw(t, "parts")
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
		return Comparison{of[0], rapid.SampledFrom([]string{"=", "=", "<>", "<", "<=", ">", ">=", "<=>"}).Draw(t, "op"), of[1]}
	})
}

// pushableGen makes conditions that the log has conditions for, mostly.
func pushableGen() *rapid.Generator[Condition] {
	return rapid.Custom(func(t *rapid.T) Condition {
		op := rapid.SampledFrom([]string{"=", "<=>", "<", "<=", ">", ">="}).Draw(t, "op")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			bound := Literal{"TIMESTAMP", rapid.SampledFrom(someTimes).Draw(t, "time")}
			if rapid.Bool().Draw(t, "turned") {
				return Comparison{bound, op, field("event_time")}
			}
			return Comparison{field("event_time"), op, bound}
		case 1:
			codes := rapid.SliceOfN(rapid.SampledFrom([]Operand{num("200"), num("429"), num("200.0"), num("0.5"), num("0"), str("1"), null}), 1, 4).Draw(t, "codes")
			return In{field("status_code"), false, codes}
		}
		column := field(rapid.SampledFrom(textFields).Draw(t, "column"))
		values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Operand { return str(rapid.SampledFrom(someTexts).Draw(t, "text")) }), 1, 5).Draw(t, "values")
		if len(values) == 1 {
			return Comparison{column, "=", values[0]}
		}
		return In{column, false, values}
	})
}

func typedSelectGen() *rapid.Generator[Select] {
	return rapid.Custom(func(t *rapid.T) Select {
		s := Select{From: words("t")}
		if rapid.IntRange(0, 5).Draw(t, "where?") > 0 {
			s.Where = typedGen(2).Draw(t, "where")
		}
		if parts := rapid.SliceOfN(pushableGen(), 0, 3).Draw(t, "pushed"); len(parts) > 0 {
			if _, ok := s.Where.(And); s.Where != nil && !ok {
				parts = append(parts, s.Where)
			}
			if s.Where = And(parts); len(parts) == 1 {
				s.Where = parts[0]
			}
		}
		if s.Count = rapid.IntRange(0, 5).Draw(t, "count?") == 0; s.Count {
			return s
		}
		s.Columns = append(rapid.SliceOfN(rapid.SampledFrom(textFields), 0, 2).Draw(t, "columns"), "invocation_id", "event_time")
		keys := rapid.SampledFrom(append([]string{"event_time", "event_time", "invocation_id"}, append(textFields, numFields...)...))
		for range rapid.IntRange(0, 3).Draw(t, "orders") {
			s.OrderBy = append(s.OrderBy, Order{keys.Draw(t, "by"), rapid.Bool().Draw(t, "descending")})
		}
		if rapid.Bool().Draw(t, "limit?") {
			s.Limit = rows(rapid.Int64Range(0, 10).Draw(t, "limit"))
		}
		if rapid.Bool().Draw(t, "offset?") {
			s.Offset = rapid.Int64Range(0, 5).Draw(t, "offset")
		}
		return s
	})
}
