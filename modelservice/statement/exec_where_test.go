package statement_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/modelservice/statement"
)

// traffic writes ten requests, one a minute until 09:09.
func (w *world) traffic() {
	w.Helper()
	w.write(10, func(i int) *inferencelog.Record {
		r := &inferencelog.Record{
			RequestID: fmt.Sprint("r", i), EventTime: time.Date(2026, 8, 1, 9, i, 0, 0, time.UTC), StatusCode: 200, LatencyMs: int64(100 * (i % 4)),
			Requester: "alice", Outcome: inferencelog.OutcomeOK, RequestTags: map[string]string{"team": "red"},
		}
		if i%3 == 0 {
			r.Requester, r.StatusCode, r.Outcome, r.RequestTags = "o'neil", 429, inferencelog.OutcomeRefused, nil
		}
		return r
	})
}

func TestSelectWhere(t *testing.T) {
	w := newWorld(t)
	w.traffic()
	for _, c := range []struct{ rest, want string }{
		{"", "r9 r8 r7 r6 r5 r4 r3 r2 r1 r0"},
		{"WHERE status_code = 429", "r9 r6 r3 r0"},
		{"WHERE requester = 'o''neil' AND event_time >= '2026-08-01 09:03' LIMIT 2", "r9 r6"},
		{"WHERE event_time > current_timestamp() - INTERVAL 5 MINUTES", "r9 r8 r7 r6"},
		{"WHERE request_tags['team'] IS NULL OR latency_ms BETWEEN 300 AND 400 ORDER BY event_time", "r0 r3 r6 r7 r9"},
		{"ORDER BY latency_ms DESC, request_id LIMIT 4 OFFSET 1", "r7 r2 r6 r1"},
		{"ORDER BY requester, event_time DESC OFFSET 6", "r9 r6 r3 r0"},
		{"WHERE Request_ID LIKE 'r_' AND NOT request_id IN ('r1', 'r2') OFFSET 7", "r0"},
		{"OFFSET 10", ""},
		{"WHERE 1 = 0", ""},
		{"WHERE 1 = 1 OFFSET 8 ", "r1 r0"},
		{"ORDER BY outcome LIMIT 0", ""},
		// What is in quotes is never more than a text.
		{"WHERE requester = ''' OR 1 = 1 --'", ""},
		{"WHERE requester = 'x'') OR (''1'' = ''1'", ""},
		{`WHERE requester = '\' OR requester = ' OR 1 = 1 --'`, ""},
		{"WHERE request_tags['team''] = ''red'] = 'red'", ""},
	} {
		result, err := statement.Execute(w.ctx, w.ms, w.id("alice"), "SELECT request_id FROM "+payload+" "+c.rest, &statement.Options{
			Now: func() time.Time { return time.Date(2026, 8, 1, 9, 10, 0, 0, time.UTC) },
		})
		if err != nil {
			t.Errorf("%s\n%v", c.rest, err)
			continue
		}
		var got []string
		for _, row := range cells(result.Rows) {
			got = append(got, row...)
		}
		if strings.Join(got, " ") != c.want || result.Truncated {
			t.Errorf("%s\n got %s, truncated %v\nwant %s", c.rest, got, result.Truncated, c.want)
		}
	}
}

func TestSelectCount(t *testing.T) {
	w := newWorld(t)
	w.traffic()
	for rest, want := range map[string]string{
		"": "10", " WHERE status_code = 429": "4", " WHERE latency_ms < 0": "0", " WHERE requester LIKE '%''%'": "4",
	} {
		result := w.execute("alice", "SELECT COUNT(*) FROM "+payload+rest)
		if got := cells(result.Rows); !reflect.DeepEqual(got, [][]string{{want}}) || result.Columns[0] != (statement.Column{Name: "count(1)", Type: "BIGINT"}) {
			t.Errorf("%s: %v %v, want %s", rest, result.Columns, got, want)
		}
	}
}

// Without LIMIT there are DefaultRows of the rows that match, and the answer says
// when there are more of those.
func TestSelectWhereCut(t *testing.T) {
	w := newWorld(t)
	w.write(2*statement.DefaultRows+2, func(i int) *inferencelog.Record { return &inferencelog.Record{LatencyMs: int64(i % 2)} })
	for _, c := range []struct {
		rest string
		rows int
		cut  bool
	}{
		{"WHERE latency_ms = 1", statement.DefaultRows, true},
		{"WHERE latency_ms = 1 OFFSET 1", statement.DefaultRows, false},
		{"WHERE latency_ms = 1 LIMIT 5", 5, false},
		{"ORDER BY latency_ms", statement.DefaultRows, true},
		{"ORDER BY latency_ms OFFSET 1002", statement.DefaultRows, false},
		{"ORDER BY latency_ms LIMIT 10000", 2*statement.DefaultRows + 2, false},
		{"ORDER BY event_time, latency_ms", statement.DefaultRows, true},
	} {
		result := w.execute("alice", "SELECT draw FROM "+payload+" "+c.rest)
		if len(result.Rows) != c.rows || result.Truncated != c.cut {
			t.Errorf("%s: %d rows, truncated %v; want %d, %v", c.rest, len(result.Rows), result.Truncated, c.rows, c.cut)
		}
	}
}

// A condition opens no door: who may not read the table is told the same with it.
func TestSelectWhereRights(t *testing.T) {
	w := newWorld(t)
	w.traffic()
	for _, table := range []string{payload, "main.logging.nothing"} {
		plain, with := w.refused("carol", "SELECT * FROM "+table), w.refused("carol", "SELECT COUNT(*) FROM "+table+" WHERE requester = 'alice'")
		if plain.Message != with.Message || plain.Code != modelservice.CodeDoesNotExist || with.Code != plain.Code {
			t.Errorf("%s:\n%v\n%v", table, plain, with)
		}
	}
}

// A condition looks at what the caller may see: a masked body matches nothing, and
// nothing is counted by it.
func TestSelectWhereIsMasked(t *testing.T) {
	w := newWorld(t)
	w.write(3, func(int) *inferencelog.Record {
		return &inferencelog.Record{StatusCode: 200, Request: []byte("the secret"), RequestSHA256: "ab"}
	})
	for _, grant := range []string{"USE CATALOG ON CATALOG main", "USE SCHEMA ON SCHEMA main.logging", "SELECT MASKED ON TABLE " + payload} {
		w.execute("alice", "GRANT "+grant+" TO carol")
	}
	for condition, want := range map[string][2]string{
		"request LIKE '%secret%'":                 {"3", "0"},
		"NOT request LIKE '%secret%'":             {"0", "0"},
		"request IS NULL":                         {"0", "3"},
		"request_sha256 = 'ab'":                   {"3", "0"},
		"status_code = 200 AND request < 'z'":     {"3", "0"},
		"status_code = 200 AND requester IS NULL": {"3", "3"},
	} {
		for i, who := range []string{"alice", "carol"} {
			if got := cells(w.execute(who, "SELECT COUNT(*) FROM "+payload+" WHERE "+condition).Rows)[0][0]; got != want[i] {
				t.Errorf("%s: %s is told %s, want %s", condition, who, got, want[i])
			}
		}
	}
}

// The columns are those of the table that is read.
func TestSelectFromUsage(t *testing.T) {
	w := newWorld(t)
	const usage = "system.ai_gateway.usage"
	result := w.execute("alice", "SELECT * FROM "+usage+" WHERE service_name = 'main.default.team-chat' ORDER BY total_tokens DESC")
	if names := inferencelog.Usage.Columns(); len(result.Columns) != len(names) || result.Columns[3].Name != names[3].Name {
		t.Errorf("the columns are %v", result.Columns)
	}
	for _, text := range []string{"SELECT request FROM " + usage, "SELECT * FROM " + usage + " WHERE request = 'x'", "SELECT service_name FROM " + payload} {
		if e := w.refused("alice", text); !strings.Contains(e.Message, "[UNRESOLVED_COLUMN]") {
			t.Errorf("%s: %v", text, e)
		}
	}
}
