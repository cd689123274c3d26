package statement

import (
	"testing"

	"github.com/modelward/modelward/inferencelog"
)

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"Grant", "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO `ai team`"},
		{"Select", "SELECT request_id, status_code FROM main.logging.team_chat_payload LIMIT 100"},
		{"Where", "SELECT request_id FROM main.logging.t WHERE status_code IN (429, 500) AND event_time > now() - INTERVAL 1 HOUR AND url LIKE '%chat%' ORDER BY latency_ms DESC LIMIT 10"},
		{"Describe", "DESCRIBE MODEL SERVICE EXTENDED main.default.`team-chat`"},
		{"Members", "ALTER GROUP ai_team ADD USER alice, `bob@example.com` GROUP inner"},
		{"Error", "GRANT EXECUTE MODEL SERVICE main.default.team_chat TO ai_team"},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Parse(c.text)
			}
		})
	}
}

// BenchmarkPattern is what SHOW … LIKE adds to each name it looks at.
func BenchmarkPattern(b *testing.B) {
	text := "*chat*|team_?|*-v2"
	p, err := newPattern(&text)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		p.fits("department_team-chat-v3")
	}
}

// BenchmarkWhere is what a condition costs for each row that it is asked about.
func BenchmarkWhere(b *testing.B) {
	record := &inferencelog.Record{
		EventTime: oracleNow, StatusCode: 200, LatencyMs: 120, URL: "/ai-gateway/mlflow/v1/chat/completions", RequestTags: map[string]string{"team": "red"},
	}
	for _, c := range []struct{ name, condition string }{
		{"Number", "latency_ms >= 100"},
		{"Mixed", "status_code IN (200, 429, 500) AND event_time > now() - INTERVAL 1 HOUR AND request_tags['team'] = 'red'"},
		{"Like", "url LIKE '%/chat/%'"},
	} {
		b.Run(c.name, func(b *testing.B) {
			s, err := Parse("SELECT * FROM t WHERE " + c.condition)
			if err != nil {
				b.Fatal(err)
			}
			scan := newScan(inferencelog.Columns(), oracleNow)
			test, err := scan.compile(s.(Select).Where)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				scan.move(record)
				if test(scan) != yes {
					b.Fatal("does not hold")
				}
			}
		})
	}
}
