package modelservice_test

import (
	"testing"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// A shadow limit refuses nobody; a trace is told what it would have done.
func TestShadowLimit(t *testing.T) {
	var told []ratelimit.Verdict
	w := newWorld(t, &setup{trace: &modelservice.Trace{Admitted: func(_ *modelservice.Call, v ratelimit.Verdict) { told = append(told, v) }}})
	spec := to("one")
	spec.RateLimits = []modelservice.RateLimit{perMinute(ratelimit.KeyService, "", 2, -1), perMinute(ratelimit.KeyUserDefault, "", 3, -1)}
	spec.RateLimits[0].Shadow = true
	w.service(spec)
	for i := range 4 {
		res := w.serve(t.Context(), "bob", ask(), &recorder{})
		if (res.Status == 200) != (i < 3) {
			t.Errorf("call %d: %d", i+1, res.Status)
		}
		if v := told[i]; v.OK != (i < 3) || (v.Shadow != nil) != (i >= 2) {
			t.Errorf("call %d: %+v", i+1, v)
		}
	}
	if v := told[2].Shadow; v == nil || v.OK || v.Blocked.Bucket.Key != ratelimit.KeyService || v.RetryAfter <= 0 {
		t.Errorf("the shadow says %+v", v)
	}
	w.refused(w.serve(t.Context(), "bob", ask(), &recorder{}).Err, modelservice.CodeRequestLimitExceeded, "for user")
}
