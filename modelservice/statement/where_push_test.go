package statement

import (
	"reflect"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
)

func plan(t *testing.T, text string) (*reader, error) {
	t.Helper()
	s, err := Parse(text)
	if err != nil {
		t.Fatalf("%s\n%v", text, err)
	}
	return newReader(s.(Select), newScan(inferencelog.Columns(), oracleNow))
}

// What the log is asked, and whether it is told the limit: only if every row that
// it yields is one of the answer.
func TestWhatTheLogIsAsked(t *testing.T) {
	type query = inferencelog.Query
	at := func(hour, microsecond int) time.Time {
		return time.Date(2026, 8, 1, hour, 0, 0, microsecond*1000, time.UTC)
	}
	for _, c := range []struct {
		rest string
		want query
	}{
		{"", query{Limit: 5}},
		{"WHERE requester = 'a'", query{Requesters: []string{"a"}, Limit: 5}},
		{"WHERE 'a' <=> requester", query{Requesters: []string{"a"}, Limit: 5}},
		{"WHERE requester = ''", query{Requesters: []string{""}}},
		{"WHERE requester = NULL", query{}},
		{"WHERE requester <> 'a'", query{}},
		{"WHERE NOT requester = 'a'", query{}},
		{"WHERE requester = 'a' OR requester = 'b'", query{}},
		{"WHERE requester = 'a' AND requester IN ('a', 'b')", query{Requesters: []string{"a"}}},
		{"WHERE requester_id IN ('1', NULL, '2')", query{RequesterIDs: []string{"1", "2"}, Limit: 5}},
		{"WHERE requester_id IN (NULL)", query{}},
		{"WHERE requester_id NOT IN ('1')", query{}},
		{"WHERE status_code IN (200, '429', 500.0)", query{Statuses: []int{200, 429, 500}, Limit: 5}},
		{"WHERE status_code IN (200, 0)", query{Statuses: []int{200, 0}}},
		{"WHERE status_code = 200.5", query{}},
		{"WHERE status_code = 99999999999999999999", query{}},
		{"WHERE status_code = 200 AND status_code = 429", query{Statuses: []int{200}}},
		{"WHERE status_code > 200", query{}},
		{"WHERE destination_name = 'a' AND outcome = 'ok'", query{Destinations: []string{"a"}, Outcomes: []inferencelog.Outcome{"ok"}, Limit: 5}},
		{"WHERE outcome = 'ok' AND url = 'x'", query{Outcomes: []inferencelog.Outcome{"ok"}}},
		{"WHERE request_tags['requester'] = 'a'", query{}},
		{"WHERE event_time >= '2026-08-01 10:00:00'", query{From: at(10, 0), Limit: 5}},
		{"WHERE event_time > '2026-08-01T10:00:00Z'", query{From: at(10, 1), Limit: 5}},
		{"WHERE event_time < '2026-08-01T10:00:00'", query{To: at(10, 0)}},
		{"WHERE event_time BETWEEN '2026-08-01' AND '2026-08-01 10:00'", query{From: at(0, 0), To: at(10, 1), Limit: 5}},
		{"WHERE event_time NOT BETWEEN '2026-08-01' AND '2026-08-02'", query{}},
		{"WHERE event_time = '2026-08-01 12:00:00+02'", query{From: at(10, 0), To: at(10, 1), Limit: 5}},
		{"WHERE event_time > now() - INTERVAL 1 HOUR AND now() >= event_time AND event_time > '2026-01-01'", query{From: at(11, 1), To: at(12, 1), Limit: 5}},
		{"WHERE event_time >= '0001-01-01'", query{}},
		{"ORDER BY event_time DESC", query{Limit: 5}},
		{"ORDER BY Event_Time", query{Limit: 5, Oldest: true}},
		{"ORDER BY event_time ASC, url", query{Oldest: true}},
		{"WHERE requester = 'a' ORDER BY url", query{Requesters: []string{"a"}}},
	} {
		text := "SELECT * FROM t " + c.rest + " LIMIT 5"
		r, err := plan(t, text)
		if err != nil {
			t.Errorf("%s\n%v", text, err)
		} else if !reflect.DeepEqual(r.query, c.want) {
			t.Errorf("%s\n got %+v\nwant %+v", text, r.query, c.want)
		}
	}
	for text, want := range map[string]query{
		"SELECT * FROM t":                                                   {Limit: DefaultRows + 1},
		"SELECT * FROM t LIMIT 5 OFFSET 7":                                  {Limit: 12},
		"SELECT * FROM t OFFSET 9223372036854775807":                        {Limit: 9223372036854775807},
		"SELECT COUNT(*) FROM t":                                            {Columns: []string{"request_id"}},
		"SELECT COUNT(*) FROM t WHERE outcome = 'ok'":                       {Columns: []string{"outcome"}, Outcomes: []inferencelog.Outcome{"ok"}},
		"SELECT url FROM t WHERE latency_ms > 5 ORDER BY draw, url LIMIT 1": {Columns: []string{"latency_ms", "url", "draw"}},
		"SELECT url FROM t ORDER BY event_time, draw LIMIT 1":               {Columns: []string{"event_time", "url", "draw"}, Oldest: true},
	} {
		r, err := plan(t, text)
		if err != nil {
			t.Errorf("%s\n%v", text, err)
		} else if !reflect.DeepEqual(r.query, want) {
			t.Errorf("%s\n got %+v\nwant %+v", text, r.query, want)
		}
	}
}
