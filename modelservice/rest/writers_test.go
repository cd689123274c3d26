package rest_test

import (
	"fmt"
	"net/http"
	"sync"
	"testing"
)

// Writers in both shapes each change a part of their own, at once, and none takes
// back what another has done.
func TestWritersOfOneService(t *testing.T) {
	w := newService(t)
	const n = 20
	const chat = "/main.default.team-chat"
	var all sync.WaitGroup
	for _, request := range []func(i int) (method, target, body string){
		func(i int) (string, string, string) {
			return "PATCH", gaPath + chat + "?update_mask=config.routing.first_token_timeout", fmt.Sprintf(`{"config":{"routing":{"first_token_timeout":"%ds"}}}`, i)
		},
		func(i int) (string, string, string) {
			return "PATCH", seedPath + chat, fmt.Sprintf(`{"comment":"%d"}`, i)
		},
		func(i int) (string, string, string) {
			return "PATCH", seedPath + chat, fmt.Sprintf(`{"rate_limits":{"qpm":%d}}`, i)
		},
		func(i int) (string, string, string) {
			return "PATCH", gaPath + chat + "?update_mask=config.routing.fallback.destinations", fmt.Sprintf(`{"config":{"routing":{"fallback":{"destinations":[`+
				`{"name":"f%d","destination_type":"DESTINATION_TYPE_PAY_PER_TOKEN_FOUNDATION_MODEL","pay_per_token_config":{"model":"models/system.ai.m"}}]}}}}`, i)
		},
		func(int) (string, string, string) {
			return "PATCH", grantsPath + "/model_service" + chat, `{"changes":[{"principal":"carol","add":["EXECUTE"]}]}`
		},
		func(int) (string, string, string) { return "GET", gaPath + "?view=FULL", "" },
		func(i int) (string, string, string) {
			return "POST", sqlPath, fmt.Sprintf(`{"statement":"COMMENT ON SCHEMA main.default IS '%d'"}`, i)
		},
	} {
		all.Go(func() {
			for i := 1; i <= n; i++ {
				method, target, body := request(i)
				if a := w.send(admin, method, target, body); a.Code != http.StatusOK {
					t.Errorf("%s %s %s answers %d %s", method, target, body, a.Code, a.Body)
				}
			}
		})
	}
	all.Wait()
	a := w.ok(admin, "GET", gaPath+chat, "")
	if a["comment"] != "20" || dig(a, "config", "routing", "first_token_timeout") != "20s" ||
		dig(a, "config", "routing", "fallback", "destinations", 0, "name") != "f20" || dig(a, "config", "rate_limits", 0, "requests") != 20.0 {
		t.Errorf("left is %s", compact(a))
	}
}
