package sqlitelog_test

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/inferencelog/inferencelogtest"
)

// The indexes answer time ranges, pages and one caller's rows in their order, without sorting.
func TestPlans(t *testing.T) {
	sink := open(t, filepath.Join(t.TempDir(), "log.db"))
	if err := sink.Create(t.Context(), inferencelog.Table{ID: 1, Name: "a.b.c"}); err != nil {
		t.Fatal(err)
	}
	there := inferencelogtest.Plain("there", 1)
	if err := sink.Write(t.Context(), 1, []*inferencelog.Record{there}); err != nil {
		t.Fatal(err)
	}
	from, to := there.EventTime, there.EventTime.AddDate(0, 0, 1)
	after, gone := there.Position(), inferencelogtest.Plain("gone", 1).Position()
	one := []string{"ada"}
	for _, c := range []struct {
		says string
		q    inferencelog.Query
		want string
	}{
		{"all", inferencelog.Query{}, "SCAN t_1 USING INDEX t_1_event_time"},
		{"a time range", inferencelog.Query{From: from, To: to, Limit: 9}, "SEARCH t_1 USING INDEX t_1_event_time (event_time>? AND event_time<?)"},
		{"a page", inferencelog.Query{After: &after}, "SEARCH t_1 USING INDEX t_1_event_time (event_time<?)"},
		{"a page after a row that is gone", inferencelog.Query{After: &gone}, "SEARCH t_1 USING INDEX t_1_event_time (event_time<?)"},
		{"a page the other way", inferencelog.Query{After: &after, Oldest: true}, "SEARCH t_1 USING INDEX t_1_event_time (event_time>?)"},
		{"a caller's rows", inferencelog.Query{Requesters: one}, "SEARCH t_1 USING INDEX t_1_requester (requester=?)"},
		{"a caller's page", inferencelog.Query{Requesters: one, From: from, After: &after}, "SEARCH t_1 USING INDEX t_1_requester (requester=? AND event_time>? AND event_time<?)"},
		{"the own rows", inferencelog.Query{RequesterIDs: []string{"7"}, Limit: 10}, "SEARCH t_1 USING INDEX t_1_requester_id (requester_id=?)"},
		{"a page of the own rows", inferencelog.Query{RequesterIDs: []string{"7"}, From: from, After: &after}, "SEARCH t_1 USING INDEX t_1_requester_id (requester_id=? AND event_time>? AND event_time<?)"},
		{"nobody's rows", inferencelog.Query{Requesters: []string{""}}, "SEARCH t_1 USING INDEX t_1_requester (requester=?)"},
		{"a status in a time range", inferencelog.Query{Statuses: []int{429}, From: from, Oldest: true}, "SEARCH t_1 USING INDEX t_1_event_time (event_time>?)"},
	} {
		got, err := sink.Plan(t.Context(), 1, c.q)
		if err != nil || !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %q, %v, want %q", c.says, got, err, c.want)
		}
	}
	got, err := sink.Plan(t.Context(), 1, inferencelog.Query{Requesters: []string{"ada", "bob"}})
	if err != nil || !slices.Contains(got, "SEARCH t_1 USING INDEX t_1_requester (requester=?)") {
		t.Errorf("two callers' rows: %q, %v", got, err)
	}
}
