package statement

import "testing"

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct{ name, text string }{
		{"Grant", "GRANT EXECUTE ON MODEL SERVICE main.default.`team-chat` TO `ai team`"},
		{"Select", "SELECT request_id, status_code FROM main.logging.team_chat_payload LIMIT 100"},
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
