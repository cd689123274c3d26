package ratelimit_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/modelward/modelward/ratelimit"
)

func TestWireNames(t *testing.T) {
	for want, k := range map[string]ratelimit.Key{
		`"RATE_LIMIT_KEY_SERVICE"`:           ratelimit.KeyService,
		`"RATE_LIMIT_KEY_USER_DEFAULT"`:      ratelimit.KeyUserDefault,
		`"RATE_LIMIT_KEY_USER"`:              ratelimit.KeyUser,
		`"RATE_LIMIT_KEY_USER_GROUP"`:        ratelimit.KeyUserGroup,
		`"RATE_LIMIT_KEY_SERVICE_PRINCIPAL"`: ratelimit.KeyServicePrincipal,
		`"RATE_LIMIT_KEY_REQUEST_TAG"`:       ratelimit.KeyRequestTag,
	} {
		var back ratelimit.Key
		text, err := json.Marshal(k)
		if err != nil || string(text) != want || json.Unmarshal(text, &back) != nil || back != k {
			t.Errorf("%s: %s, %v, %v", want, text, err, back)
		}
	}
	for want, p := range map[string]ratelimit.Period{
		`"RATE_LIMIT_RENEWAL_PERIOD_MINUTE"`: ratelimit.Minute,
		`"RATE_LIMIT_RENEWAL_PERIOD_HOUR"`:   ratelimit.Hour,
	} {
		var back ratelimit.Period
		text, err := json.Marshal(p)
		if err != nil || string(text) != want || json.Unmarshal(text, &back) != nil || back != p {
			t.Errorf("%s: %s, %v, %v", want, text, err, back)
		}
	}
	if ratelimit.Minute.Duration() != time.Minute || ratelimit.Hour.Duration() != time.Hour || ratelimit.Period(9).Duration() != 0 {
		t.Error("wrong durations")
	}
}

// TestWireStrangers: enums are names, spelled exactly (ruling R26).
func TestWireStrangers(t *testing.T) {
	for _, text := range []string{`1`, `"1"`, `""`, `"rate_limit_key_service"`, `"RATE_LIMIT_KEY_SERVICE "`, `"Key(0)"`, `"Period(0)"`} {
		var k ratelimit.Key
		if err := json.Unmarshal([]byte(text), &k); err == nil {
			t.Errorf("key %s was taken for %v", text, k)
		}
		var p ratelimit.Period
		if err := json.Unmarshal([]byte(text), &p); err == nil {
			t.Errorf("period %s was taken for %v", text, p)
		}
	}
	if _, err := json.Marshal(ratelimit.Key(0)); err == nil {
		t.Error("the zero key was written")
	}
	if _, err := json.Marshal(ratelimit.Period(3)); err == nil {
		t.Error("an unknown period was written")
	}
}
