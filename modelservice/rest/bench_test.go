package rest_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// Whole requests without a network: from the handler's door to the last byte.
func BenchmarkHandler(b *testing.B) {
	w := newService(b)
	w.populate("o", 120, func(int) bool { return false })
	for _, c := range []struct{ name, method, target, body string }{
		{"GetService", "GET", gaPath + "/main.default.team-chat", ""},
		{"ListServices", "GET", gaPath + "?parent=schemas/main.default", ""},
		{"GrantAgain", "PATCH", grantsPath + "/model_service/main.default.team-chat", `{"changes":[{"principal":"carol","add":["EXECUTE"]}]}`},
		{"Effective", "GET", effectivePath + "/model_service/main.default.team-chat", ""},
		{"Principal", "GET", principalsPath + "/ai_team", ""},
		{"Statement", "POST", sqlPath, `{"statement":"SHOW GRANTS ON MODEL SERVICE main.default.team_chat"}`},
		{"NotFound", "GET", gaPath + "/main.default.none", ""},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.body))
				r.Header.Set("Authorization", "Bearer "+admin)
				a := httptest.NewRecorder()
				w.api.ServeHTTP(a, r)
				if a.Code >= 500 {
					b.Fatal(a.Code, a.Body)
				}
			}
		})
	}
}
