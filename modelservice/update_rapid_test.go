package modelservice_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// A service that was changed step by step is the one that would have been made
// from what all steps left, and a step is refused exactly if that cannot be made
// (every way of writing passes the same checks). A step that is refused leaves
// everything as it was; one that leaves the service as it reads leaves the etag.
func TestUpdateIsCreate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := openWorld(t, nil)
		defer w.close()
		w.model("main.default.closed") // nobody but admin may use it
		spec := to("one")
		spec.InferenceTable = nil
		w.service(spec)
		spec = w.read().Spec
		for range rapid.IntRange(1, 5).Draw(t, "steps") {
			c, next := drawChange(t, spec)
			version, etag := w.catalog.Snapshot().Version(), w.read().Etag
			made, refused := w.create("alice", "main.default", "oracle", next)
			if refused == nil {
				w.must(w.drop("alice", modelservice.TypeModelService, "main.default.oracle", nil))
			} else if w.catalog.Snapshot().Version() != version {
				t.Fatal("the oracle is unwell")
			}
			got, err := w.change("alice", c)
			if codeOf(err) != codeOf(refused) {
				t.Fatalf("%+v\nmakes %v, created at once %v", c, err, refused)
			}
			if err != nil {
				if now := w.read(); now.Etag != etag || !reflect.DeepEqual(now.Spec, spec) {
					t.Fatalf("%v, and changed", err)
				}
				continue
			}
			if !reflect.DeepEqual(got.Spec, made.Spec) {
				t.Fatalf("changed it is\n%+v\ncreated\n%+v", got.Spec, made.Spec)
			}
			if same := reflect.DeepEqual(got.Spec, spec); same != (got.Etag == etag) {
				t.Fatalf("the same: %t, the etag was %s and is %s", same, etag, got.Etag)
			}
			spec = got.Spec
		}
	})
}

// drawChange draws a change of some members, good or bad, and the spec that it
// asks for.
func drawChange(t *rapid.T, spec modelservice.Spec) (c modelservice.ServiceChange, next modelservice.Spec) {
	destinations := func(label string) []modelservice.Destination {
		var out []modelservice.Destination
		n := rapid.IntRange(0, 3).Draw(t, label)
		for i := range n {
			model := rapid.SampledFrom([]string{"system.ai.one", "system.ai.two", "SYSTEM.ai.three", "main.default.closed", "system.ai.none"}).Draw(t, "model")
			d := destination(rapid.SampledFrom([]string{"a", "b", "c", "d0"}).Draw(t, "name")+fmt.Sprint(i), model)
			if rapid.Bool().Draw(t, "weighed") {
				d.Percentage = ptr(rapid.SampledFrom([]int{100 / n, 100 - 100/n*(n-1), 0, 100}).Draw(t, "percent"))
			}
			out = append(out, d)
		}
		return out
	}
	next = spec
	maybe := func(member string) bool { return rapid.IntRange(0, 3).Draw(t, member) == 0 }
	if maybe("destinations") {
		c.Destinations = ptr(destinations("primaries"))
		next.Destinations = *c.Destinations
	}
	if maybe("fallbacks") {
		c.Fallbacks = ptr(destinations("fallbacks"))
		next.Fallbacks = *c.Fallbacks
	}
	if maybe("unrouted") || c.Destinations != nil || c.Fallbacks != nil { // or some would make way
		c.Unrouted = ptr(destinations("unrouted"))
		next.Unrouted = *c.Unrouted
	}
	if maybe("timeout") {
		c.FirstTokenTimeout = ptr(rapid.SampledFrom([]time.Duration{-1, 0, 1, time.Hour}).Draw(t, "timeout"))
		next.FirstTokenTimeout = *c.FirstTokenTimeout
	}
	if maybe("splitting") {
		c.TrafficSplitting = ptr(rapid.Bool().Draw(t, "splitting"))
		next.TrafficSplitting = *c.TrafficSplitting
	}
	if maybe("invoker") {
		c.InvokerRights = ptr(rapid.Bool().Draw(t, "invoker"))
		next.InvokerRights = *c.InvokerRights
	}
	if maybe("limits") {
		limits := rapid.SliceOfN(rapid.Custom(drawLimit), 0, 7).Draw(t, "limits")
		c.RateLimits, next.RateLimits = &limits, limits
	}
	return c, next
}

func drawLimit(t *rapid.T) modelservice.RateLimit {
	l := modelservice.RateLimit{
		Key:       rapid.SampledFrom([]ratelimit.Key{ratelimit.KeyService, ratelimit.KeyUserDefault, ratelimit.KeyUser, ratelimit.KeyUserGroup, ratelimit.KeyServicePrincipal}).Draw(t, "key"),
		Principal: rapid.SampledFrom([]string{"", "", "bob", "team", "app", "nobody"}).Draw(t, "principal"),
		Period:    rapid.SampledFrom([]ratelimit.Period{ratelimit.Minute, ratelimit.Hour}).Draw(t, "period"),
	}
	switch l.Key { // mostly good ones
	case ratelimit.KeyService, ratelimit.KeyUserDefault:
		l.Principal = ""
	case ratelimit.KeyUserGroup:
		l.Principal = "team"
	}
	if n := rapid.Int64Range(-1, 5).Draw(t, "requests"); n < 5 {
		l.Requests = &n
	}
	if n := rapid.Int64Range(0, 5).Draw(t, "tokens"); n < 5 {
		l.Tokens = &n
	}
	return l
}
