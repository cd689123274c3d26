package statement

import "testing"

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"Grant", "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO `ai team`"},
		{"Select", "SELECT request_id, status_code FROM main.logging.team_chat_payload LIMIT 100"},
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
