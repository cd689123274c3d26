package modelservice_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/routing"
)

// A hedged call has one voice, one row with both attempts, and is charged what
// the attempt that answered has used.
func TestHedged(t *testing.T) {
	for _, tt := range []struct {
		name       string
		one, two   reply
		winner     string // the model
		usage      int64
		causes     []routing.Cause
		onlyStream bool
	}{
		{"the second is faster", reply{wait: time.Minute}, reply{wait: time.Second}, "two", 7, []routing.Cause{routing.CauseSuperseded, ""}, false},
		{"the first is faster after all", reply{wait: 3 * time.Second}, reply{wait: time.Minute}, "one", 7, []routing.Cause{"", routing.CauseSuperseded}, false},
		{"the second fails", reply{wait: 9 * time.Second}, reply{status: 500}, "one", 7, []routing.Cause{"", routing.CauseServerError}, false},
		{"the first fails later", reply{wait: 4 * time.Second, status: 500}, reply{wait: 9 * time.Second}, "two", 7, []routing.Cause{routing.CauseServerError, ""}, false},
		{"the first drips nothing", reply{pause: time.Minute}, reply{}, "two", 7, []routing.Cause{routing.CauseSuperseded, ""}, true},
	} {
		for _, stream := range []bool{false, true} {
			if tt.onlyStream && !stream {
				continue
			}
			t.Run(tt.name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, &setup{routing: &routing.Options{Hedge: &routing.Hedge{After: 2 * time.Second, Percent: 100}}})
					spec := to("one", "two")
					spec.RateLimits = wide()
					w.service(spec)
					w.backend.plays("one", tt.one)
					w.backend.plays("two", tt.two)
					body := ask()
					if stream {
						body = ask(`"stream":true`)
					}
					out := &recorder{}
					res := w.serve(t.Context(), "bob", body, out)
					if res.Status != 200 || res.Outcome != inferencelog.OutcomeOK || !strings.Contains(out.body.String(), `"model":"`+tt.winner+`"`) {
						t.Fatalf("%d %s: %s", res.Status, res.Outcome, out.body.String())
					}
					for _, other := range []string{"one", "two"} {
						if other != tt.winner && strings.Contains(out.body.String(), `"model":"`+other+`"`) {
							t.Errorf("two voices: %s", out.body.String())
						}
					}
					if len(res.Steps) != 2 || res.Steps[0].Cause != tt.causes[0] || res.Steps[1].Cause != tt.causes[1] {
						t.Errorf("steps %+v", res.Steps)
					}
					w.must(w.log.Flush(t.Context()))
					row := w.row()
					if row.DestinationModel != "system.ai."+tt.winner || row.TotalTokens.Int != tt.usage || len(row.Attempts) != 2 {
						t.Errorf("the row names %s, %d tokens, %d attempts", row.DestinationModel, row.TotalTokens.Int, len(row.Attempts))
					}
					if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != tt.usage {
						t.Errorf("%d tokens are charged, want %d", used, tt.usage)
					}
				})
			})
		}
	}
}
