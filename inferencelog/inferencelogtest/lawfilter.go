package inferencelogtest

import (
	"fmt"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/inferencelog"
)

// Values that a sink may take for one another: by letter case, blanks at the end, composed and not, or null for empty.
var (
	callers      = []string{"", "ann", "Ann", "ann ", "O'Brien", "é", "e\u0301", "a\x00b", "a%", "null"}
	callerIDs    = []string{"", "1", "01", "1.0", "18446744073709551615"}
	statuses     = []int{0, 200, 403, 429, 502}
	destinations = []string{"", "main.models.a", "main.models.b", "main.models.A"}
	outcomes     = []inferencelog.Outcome{"", inferencelog.OutcomeOK, inferencelog.OutcomeFailed, inferencelog.OutcomeRefused}
)

const seconds = 6 // how many event times the rows of these laws have

// mixedRow returns a row with values that conditions look at; which ones follows from n alone.
func mixedRow(id string, n int) *inferencelog.Record {
	r := Plain(id, n%seconds)
	r.EventTime = r.EventTime.Add(time.Duration(n%2) * time.Microsecond)
	r.Requester = callers[n%len(callers)]
	r.RequesterID = callerIDs[n/2%len(callerIDs)]
	r.StatusCode = statuses[n/3%len(statuses)]
	r.DestinationName = destinations[n/5%len(destinations)]
	r.Outcome = outcomes[n/7%len(outcomes)]
	return r
}

// conditions generates queries with any of the conditions, over the values of mixedRow and some that no row has.
func conditions() *rapid.Generator[inferencelog.Query] {
	return rapid.Custom(func(t *rapid.T) inferencelog.Query {
		var q inferencelog.Query
		bound := func(what string) time.Time {
			if rapid.Bool().Draw(t, what+" unbounded") {
				return time.Time{}
			}
			at := Plain("", rapid.IntRange(-1, seconds).Draw(t, what)).EventTime
			return at.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, what+" beside")) * 500 * time.Nanosecond)
		}
		q.From, q.To = bound("from"), bound("to")
		q.Requesters = some(t, "requesters", callers, "nobody", "ann\x00")
		q.RequesterIDs = some(t, "requester ids", callerIDs, "7")
		q.Statuses = some(t, "statuses", statuses, 418, -1, 1<<40)
		q.Destinations = some(t, "destinations", destinations, "main.models.'")
		q.Outcomes = some(t, "outcomes", outcomes, inferencelog.OutcomeTruncated, "no outcome")
		q.Oldest = rapid.Bool().Draw(t, "oldest")
		return q
	})
}

// some draws none, a few or all of the values, one of them perhaps twice.
func some[T comparable](t *rapid.T, what string, values []T, more ...T) []T {
	if rapid.Bool().Draw(t, "any "+what) {
		return nil
	}
	return rapid.SliceOfN(rapid.SampledFrom(append(slices.Clone(values), more...)), 0, 4).Draw(t, what)
}

func checkFilters(b *bench) {
	layouts := map[uint64]inferencelog.Layout{1: inferencelog.Payload, 2: inferencelog.Usage}
	var rows []*inferencelog.Record
	for n := range 150 {
		rows = append(rows, mixedRow(fmt.Sprint("row ", n*7%150), n*n+n))
	}
	for id, l := range layouts {
		b.createAs(id, fmt.Sprint("a.b.", id), l)
		b.write(id, rows[:100]...)
		b.write(id, rows[100:]...)
	}
	ask := func(q inferencelog.Query) {
		b.Helper()
		for _, r := range rows {
			if q.Matches(r) != meets(r, q) {
				b.failf("Query.Matches says %v of %+v, asked for %+v", q.Matches(r), r, q)
			}
		}
		for id := range layouts {
			if got, want := rowIDs(b.rows(id, q)), rowIDs(answer(rows, q)); !slices.Equal(got, want) {
				b.failf("table %d, %+v:\n got %q\nwant %q", id, q, got, want)
			}
		}
	}
	for _, oldest := range []bool{false, true} {
		for _, v := range callers {
			ask(inferencelog.Query{Requesters: []string{v}, Oldest: oldest})
		}
		for _, v := range callerIDs {
			ask(inferencelog.Query{RequesterIDs: []string{v}, Oldest: oldest})
		}
		for _, v := range statuses {
			ask(inferencelog.Query{Statuses: []int{v}, Oldest: oldest})
		}
		for _, v := range destinations {
			ask(inferencelog.Query{Destinations: []string{v}, Oldest: oldest})
		}
		for _, v := range outcomes {
			ask(inferencelog.Query{Outcomes: []inferencelog.Outcome{v}, Oldest: oldest})
		}
	}
	rapid.Check(b.T, func(t *rapid.T) {
		b.fatalf = t.Fatalf
		defer func() { b.fatalf = nil }()
		q := conditions().Draw(t, "query")
		q.Limit = rapid.Int64Range(-1, 20).Draw(t, "limit")
		if rapid.Bool().Draw(t, "one column") {
			q.Columns = []string{"invocation_id"}
		}
		ask(q)
	})
}
