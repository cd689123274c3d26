package modelservice

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/modelward/modelward/ratelimit"
)

// A service that an older program kept is read as it was meant, and kept again
// in the same words; one with everything comes back as it went.
func TestKeptLimits(t *testing.T) {
	one, zero := int64(1), int64(0)
	const old = `{"destinations":[{"name":"d0","type":"t","model":7,"model_name":"a.b.c"}],` +
		`"rate_limits":[{"key":"RATE_LIMIT_KEY_USER","principal":5,"period":"RATE_LIMIT_RENEWAL_PERIOD_HOUR","requests":1,"tokens":0}]}`
	spec, err := decodeSpec([]byte(old))
	if err != nil {
		t.Fatal(err)
	}
	want := []boundLimit{{Key: ratelimit.KeyUser, Principal: 5, Period: ratelimit.Hour, Requests: &one, Tokens: &zero}}
	if got := spec.(*bound).RateLimits; !reflect.DeepEqual(got, want) {
		t.Errorf("read as %+v", got)
	}
	if data, err := json.Marshal(spec); err != nil || string(data) != old {
		t.Errorf("kept again as %s (%v)", data, err)
	}

	full := &bound{RateLimits: []boundLimit{
		{Key: ratelimit.KeyRequestTag, TagKey: "team", TagValue: "x", Period: ratelimit.Minute, Requests: &one},
		{Key: ratelimit.KeyService, Concurrent: &zero, Shadow: true},
	}}
	data, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	if spec, err = decodeSpec(data); err != nil || !reflect.DeepEqual(spec, full) {
		t.Errorf("%s is read as %+v (%v)", data, spec, err)
	}
	if clone := full.Clone().(*bound); !reflect.DeepEqual(clone, full) || clone.RateLimits[1].Concurrent == &zero {
		t.Errorf("cloned as %+v", clone)
	}
}
