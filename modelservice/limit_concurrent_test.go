package modelservice_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// A limit on calls under way counts those that have not ended, and has a
// refusal of its own.
func TestConcurrentLimit(t *testing.T) {
	for _, l := range append(bobs(), struct {
		key       ratelimit.Key
		principal string
		tail      string
	}{ratelimit.KeyRequestTag, "", "for request tag 'team=x'"}) {
		for _, stream := range []string{`"stream":false`, streamed} {
			t.Run(fmt.Sprintf("%s %s/%s", l.key, l.principal, stream), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					w := newWorld(t, nil)
					limit := modelservice.RateLimit{Key: l.key, Principal: l.principal, Concurrent: new64(2)}
					if l.key == ratelimit.KeyRequestTag {
						limit.TagKey = "team"
					}
					spec := to("one")
					spec.RateLimits = append(wide(), limit)
					w.service(spec)
					w.backend.plays("one", reply{wait: 10 * time.Second})
					var statuses [3]atomic.Int64
					seen := func() string { return fmt.Sprint(statuses[0].Load(), statuses[1].Load(), statuses[2].Load()) }
					for i := range statuses {
						go func() {
							res := w.gw.Serve(w.ctx(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask(stream)), Tags: tags("team=x")}, &recorder{})
							statuses[i].Store(int64(res.Status))
							if res.Err != nil {
								w.refused(res.Err, modelservice.CodeRequestLimitExceeded, "exceeded for 'main.default.chat'. Concurrent requests limit exceeded "+l.tail)
								if res.Err.RetryAfter <= 0 || res.Err.Header("")["Retry-After"][0] < "1" {
									t.Errorf("to be tried again after %v", res.Err.RetryAfter)
								}
							}
						}()
						synctest.Wait()
					}
					if got := seen(); got != "0 0 429" {
						t.Errorf("with two under way: %s", got)
					}
					time.Sleep(11 * time.Second)
					synctest.Wait()
					if got := seen(); got != "200 200 429" {
						t.Errorf("at the end: %s", got)
					}
					for range 3 { // one after the other they are never two
						if res := w.tagged("bob", "team=x"); res.Status != 200 {
							t.Errorf("when all have ended: %v", res.Err)
						}
					}
					w.settled()
				})
			})
		}
	}
}
