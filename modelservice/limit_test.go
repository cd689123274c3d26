package modelservice_test

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/ratelimit"
)

// bobs are the limits under which bob can be refused, and the words for it
// (spec §5.5).
func bobs() []struct {
	key       ratelimit.Key
	principal string
	tail      string
} {
	return []struct {
		key       ratelimit.Key
		principal string
		tail      string
	}{
		{ratelimit.KeyService, "", "for endpoint"},
		{ratelimit.KeyUserDefault, "", "for user"},
		{ratelimit.KeyUser, "bob", "for user"},
		{ratelimit.KeyUserGroup, "team", "for group 'team'"},
		{ratelimit.KeyUserGroup, "outer", "for group 'outer'"},
	}
}

// A limit refuses in its own words, with a Retry-After that is enough, and
// leaves a row but no trace in any bucket (spec §5.5; rulings R11, R27, R34).
func TestLimitExceeded(t *testing.T) {
	for _, l := range bobs() {
		for _, period := range []ratelimit.Period{ratelimit.Minute, ratelimit.Hour} {
			for _, dim := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
				t.Run(fmt.Sprintf("%s %s/%s/%s", l.key, l.principal, period, dim), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						limit := modelservice.RateLimit{Key: l.key, Principal: l.principal, Period: period, Requests: new64(1)}
						words := map[ratelimit.Period]string{ratelimit.Minute: "Requests-per-minute (RPM)", ratelimit.Hour: "Requests-per-hour (RPH)"}[period]
						if dim == ratelimit.Tokens {
							limit.Requests, limit.Tokens = nil, new64(7)
							words = map[ratelimit.Period]string{ratelimit.Minute: "Tokens-per-minute (TPM)", ratelimit.Hour: "Tokens-per-hour (TPH)"}[period]
						}
						limitExceeded(t, limit, words+" rate limit exceeded "+l.tail)
					})
				})
			}
		}
	}
}

func limitExceeded(t *testing.T, limit modelservice.RateLimit, words string) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = append(wide(), limit)
	w.service(spec)
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 {
		t.Fatalf("the first call: %d %v", res.Status, res.Err)
	}
	requests, tokens := w.used(ratelimit.KeyService, "", ratelimit.Requests), w.used(ratelimit.KeyService, "", ratelimit.Tokens)
	out := &recorder{}
	res := w.serve(t.Context(), "bob", ask(streamed), out)
	w.refused(res.Err, modelservice.CodeRequestLimitExceeded, "User defined rate limit(s) exceeded for 'main.default.chat'. "+words)
	code, message := w.errorBody([]byte(out.body.String()))
	if res.Status != 429 || res.Outcome != inferencelog.OutcomeRefused || code != "REQUEST_LIMIT_EXCEEDED" || !strings.HasSuffix(message, words) {
		t.Errorf("%s %d %s %q", res.Outcome, res.Status, code, message)
	}
	after, err := strconv.ParseInt(out.header.Get("Retry-After"), 10, 64)
	if wait := time.Duration(after) * time.Second; err != nil || wait < res.Err.RetryAfter || wait-res.Err.RetryAfter >= time.Second || wait <= 0 || wait > limit.Period.Duration()+time.Minute {
		t.Errorf("Retry-After %q for %v", out.header.Get("Retry-After"), res.Err.RetryAfter)
	}
	if r, n := w.used(ratelimit.KeyService, "", ratelimit.Requests), w.used(ratelimit.KeyService, "", ratelimit.Tokens); r != requests || n != tokens {
		t.Errorf("the refused call counts: %d requests, %d tokens; before %d, %d", r, n, requests, tokens)
	}
	if res.Usage != (modelservice.Usage{}) || len(res.Steps) != 0 || len(w.backend.seen()) != 1 {
		t.Errorf("the refused call used %+v in %d attempts", res.Usage, len(res.Steps))
	}
	rows := w.rows()
	if len(rows) != 2 {
		t.Fatalf("%d rows", len(rows))
	}
	row := rows[0]
	if row.StatusCode != 429 {
		row = rows[1]
	}
	if row.StatusCode != 429 || row.Outcome != inferencelog.OutcomeRefused || len(row.Attempts) != 0 || string(row.Response) != out.body.String() || row.UsageSource != "" {
		t.Errorf("row %+v", row)
	}
	time.Sleep(time.Duration(after) * time.Second)
	if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 {
		t.Errorf("after waiting as told: %d %v", res.Status, res.Err)
	}
	w.settled()
}

// A limit of 0 is 403 for everybody it concerns and nobody else, whatever its
// key and dimension (ruling R1; I19).
func TestLimitZero(t *testing.T) {
	for _, l := range bobs() {
		for _, dim := range []ratelimit.Dimension{ratelimit.Requests, ratelimit.Tokens} {
			t.Run(fmt.Sprintf("%s %s/%s", l.key, l.principal, dim), func(t *testing.T) {
				w := newWorld(t, nil)
				limit := modelservice.RateLimit{Key: l.key, Principal: l.principal, Period: ratelimit.Minute}
				if limit.Requests = new64(0); dim == ratelimit.Tokens {
					limit.Requests, limit.Tokens = nil, new64(0)
				}
				spec := to("one")
				spec.RateLimits = []modelservice.RateLimit{limit}
				w.service(spec)
				w.letIn("carol", chat)
				out := &recorder{}
				res := w.serve(t.Context(), "bob", ask(), out)
				w.refused(res.Err, modelservice.CodePermissionDenied, "The endpoint is disabled due to a rate limit set to 0.")
				if res.Status != 403 || res.Outcome != inferencelog.OutcomeRefused || out.header.Get("Retry-After") != "" || len(w.backend.seen()) != 0 {
					t.Errorf("%s %d, Retry-After %q, %d attempts", res.Outcome, res.Status, out.header.Get("Retry-After"), len(w.backend.seen()))
				}
				if row := w.row(); row.StatusCode != 403 || row.Outcome != inferencelog.OutcomeRefused {
					t.Errorf("row %+v", row)
				}
				want := 200
				if l.principal == "" {
					want = 403
				}
				if res := w.serve(t.Context(), "carol", ask(), &recorder{}); res.Status != want {
					t.Errorf("carol: %d, want %d", res.Status, want)
				}
			})
		}
	}
}

// A call that one limit refuses takes nothing from the others (ruling R27).
func TestRefusedCostsNothing(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = append(wide(), modelservice.RateLimit{Key: ratelimit.KeyUser, Principal: "bob", Period: ratelimit.Minute, Requests: new64(2)})
	w.service(spec)
	for range 50 {
		w.serve(t.Context(), "bob", ask(), &recorder{})
	}
	if n := w.used(ratelimit.KeyService, "", ratelimit.Requests); n != 2 {
		t.Errorf("the service counts %d requests, 2 were admitted", n)
	}
	if n := w.used(ratelimit.KeyService, "", ratelimit.Tokens); n != 14 {
		t.Errorf("the service counts %d tokens, 14 were used", n)
	}
	if n := len(w.rows()); n != 50 {
		t.Errorf("%d rows for 50 calls", n)
	}
}

// Sixty-four callers at once on a limit of 100 tokens, of which each call
// reserves and uses 20: five get through (I15, I16).
func TestParallelTokens(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Tokens: new64(100)}}
	w.service(spec)
	w.backend.plays("one", reply{body: answer("one", "well", 10, 10)})
	body := fmt.Sprintf(`{"model":%q,"messages":[{"role":"user","content":%q}],"max_tokens":10}`, chat, strings.Repeat("four", 10))
	var statuses [64]int
	var start, done sync.WaitGroup
	start.Add(1)
	for i := range statuses {
		done.Go(func() {
			start.Wait()
			out := &recorder{}
			w.gw.Serve(w.ctx(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(body)}, out)
			statuses[i] = out.status
		})
	}
	start.Done()
	done.Wait()
	count := map[int]int{}
	for _, s := range statuses {
		count[s]++
	}
	if count[200] != 5 || count[429] != 59 || len(w.backend.seen()) != 5 {
		t.Errorf("statuses %v, %d backend calls; want 5 and 59", count, len(w.backend.seen()))
	}
	if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != 100 {
		t.Errorf("%d tokens are counted", used)
	}
	if n := len(w.rows()); n != 64 {
		t.Errorf("%d rows for 64 calls", n)
	}
}

// What is reserved while a call runs is ceil(text/4) + max_tokens × n (ruling
// R24), and what it really used afterwards, zero included (ruling R4).
func TestReservation(t *testing.T) {
	for _, tt := range []struct {
		name    string
		members string
		limit   int64
		holds   int64
		reply   reply
		used    int64
	}{
		{"max_tokens", `"max_tokens":100`, 1 << 40, 103, reply{}, 7},
		{"max_completion_tokens", `"max_completion_tokens":100`, 1 << 40, 103, reply{}, 7},
		{"n", `"max_tokens":100, "n":3`, 1 << 40, 303, reply{}, 7},
		{"no maximum", `"x":1`, 1 << 40, 3 + 1024, reply{}, 7},
		{"capped", `"max_tokens":100`, 50, 50, reply{}, 7},
		{"saturated", `"max_tokens":9223372036854775807, "n":9223372036854775807`, 1 << 40, 1 << 40, reply{}, 7},
		{"reported zero", `"max_tokens":100`, 1 << 40, 103, reply{body: answer("one", "well", 0, 0)}, 0},
		{"more than reserved", `"max_tokens":1`, 1 << 40, 4, reply{body: answer("one", "well", 500, 500)}, 1000},
		{"failed", `"max_tokens":100`, 1 << 40, 103, reply{status: 500}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			spec := to("one")
			spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Tokens: new64(tt.limit)}}
			w.service(spec)
			var during int64
			tt.reply.do = func() { during = w.used(ratelimit.KeyService, "", ratelimit.Tokens) }
			w.backend.plays("one", tt.reply)
			res := w.serve(t.Context(), "bob", ask(tt.members), &recorder{})
			if during != tt.holds {
				t.Errorf("%d tokens are held during the call, want %d", during, tt.holds)
			}
			if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != tt.used || res.Usage.Total != tt.used {
				t.Errorf("%d tokens are counted, usage %+v, want %d", used, res.Usage, tt.used)
			}
		})
	}
}

// No report: an estimate, marked; streamed or not (ruling R4).
func TestUsageWithoutReport(t *testing.T) {
	for _, stream := range []bool{false, true} {
		w := newWorld(t, nil)
		spec := to("one")
		spec.RateLimits = wide()
		w.service(spec)
		text, body := answer("one", "twelve bytes", -1, 0), ask()
		if stream {
			text, body = strings.Join(events("one", -1, 0, "twelve", " bytes"), ""), ask(streamed)
		}
		w.backend.plays("one", reply{body: text})
		res := w.serve(t.Context(), "bob", body, &recorder{})
		if want := (modelservice.Usage{Input: 2, Output: 3, Total: 5, Source: inferencelog.UsageEstimate}); res.Usage != want {
			t.Errorf("stream %t: usage %+v, want %+v", stream, res.Usage, want)
		}
		if used := w.used(ratelimit.KeyService, "", ratelimit.Tokens); used != 5 {
			t.Errorf("stream %t: %d tokens are counted", stream, used)
		}
		if row := w.row(); row.UsageSource != inferencelog.UsageEstimate || row.TotalTokens != inferencelog.Known(5) {
			t.Errorf("stream %t: row %+v", stream, row)
		}
	}
}

// Bob is in team, which is in outer: the looser of the two decides (ruling R7,
// example 13), his own limit goes before both, and the default after.
func TestPrecedence(t *testing.T) {
	limit := func(key ratelimit.Key, who string, n int64) modelservice.RateLimit {
		return modelservice.RateLimit{Key: key, Principal: who, Period: ratelimit.Minute, Requests: &n}
	}
	team, outer := limit(ratelimit.KeyUserGroup, "team", 10), limit(ratelimit.KeyUserGroup, "outer", 20)
	def, own := limit(ratelimit.KeyUserDefault, "", 3), limit(ratelimit.KeyUser, "bob", 30)
	all, app := limit(ratelimit.KeyService, "", 5), limit(ratelimit.KeyServicePrincipal, "app", 4)
	for _, tt := range []struct {
		name   string
		caller string
		limits []modelservice.RateLimit
		want   int
	}{
		{"default", "bob", []modelservice.RateLimit{def}, 3},
		{"default of a service principal", "app", []modelservice.RateLimit{def}, 3},
		{"group before default", "bob", []modelservice.RateLimit{def, team}, 10},
		{"loosest group", "bob", []modelservice.RateLimit{def, team, outer}, 20},
		{"own before groups", "bob", []modelservice.RateLimit{def, team, outer, own}, 30},
		{"service before all", "bob", []modelservice.RateLimit{def, team, outer, own, all}, 5},
		{"somebody else's", "alice", []modelservice.RateLimit{own, team}, 40},
		{"service principal", "app", []modelservice.RateLimit{def, app}, 4},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, nil)
			spec := to("one")
			spec.RateLimits = tt.limits
			w.service(spec)
			w.letIn("app", chat)
			for i := range 40 {
				if res := w.serve(t.Context(), tt.caller, ask(), &recorder{}); (res.Status == 200) != (i < tt.want) {
					t.Fatalf("call %d of %d: %d", i+1, tt.want, res.Status)
				}
			}
		})
	}
}

// Once the service has answered, a call without a maximum reserves what its answers
// usually take, so that a small limit is usable (ruling R24).
func TestUsualAnswers(t *testing.T) {
	w := newWorld(t, nil)
	spec := to("one")
	spec.RateLimits = []modelservice.RateLimit{{Key: ratelimit.KeyService, Period: ratelimit.Minute, Tokens: new64(300)}}
	w.service(spec)
	w.backend.plays("one", reply{body: answer("one", "well", 4, 3)})
	for i := range 28 {
		if res := w.serve(t.Context(), "bob", ask(), &recorder{}); res.Status != 200 {
			t.Fatalf("call %d: %d, %v", i, res.Status, res.Err)
		}
	}
}
