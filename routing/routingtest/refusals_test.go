package routingtest

import (
	"testing"

	"github.com/modelward/modelward/routing"
)

// Every refusal means to a Router what its file says, whatever the case of the
// names; and no row lets a provider's words change ruling R28: what is the
// caller's stays a 400, 413 or 422, and all else goes on.
func TestRefusalsHaveTheirCause(t *testing.T) {
	router := routing.New(nil)
	causes, providers := make(map[routing.Cause]int), make(map[string]int)
	list := Refusals()
	for _, r := range list {
		t.Run(r.Name, func(t *testing.T) {
			got := router.CauseOf(r.Status, routing.Said{Code: r.Code, Type: r.Type, Message: r.Message})
			if got != r.Cause {
				t.Fatalf("status %d, code %q, type %q means %s, want %s", r.Status, r.Code, r.Type, got, r.Cause)
			}
			if upper := router.CauseOf(r.Status, routing.Said{Code: upper(r.Code), Type: upper(r.Type), Message: upper(r.Message)}); upper != got {
				t.Errorf("in capitals it means %s", upper)
			}
			toCaller := router.Row(got).Action == routing.TellCaller
			if callers := r.Status == 400 || r.Status == 413 || r.Status == 422; toCaller && !callers {
				t.Errorf("a %d is told to the caller", r.Status)
			}
			if row := router.Row(got); row.CoolFor != 0 || toCaller == row.Cools {
				t.Errorf("row %+v", row)
			}
		})
		causes[r.Cause]++
		providers[r.Provider]++
	}
	if len(list) < 45 || len(providers) < 12 {
		t.Errorf("%d refusals of %d providers", len(list), len(providers))
	}
	for _, cause := range []routing.Cause{
		routing.CauseRateLimited, routing.CauseQuota, routing.CauseOverloaded, routing.CauseServerError, routing.CauseProviderAuth,
		routing.CauseProviderNotFound, routing.CauseCallerFault, routing.CauseContextTooLong, routing.CauseContentPolicy,
	} {
		if causes[cause] < 3 {
			t.Errorf("%d refusals show %s", causes[cause], cause)
		}
	}
}

// Every sign of the Router's own is there for a refusal: without it, one means
// something else.
func TestSignsAreNeeded(t *testing.T) {
	list := Refusals()
	for i, sign := range routing.Signs() {
		others := routing.Signs()
		others = append(others[:i:i], others[i+1:]...)
		needed := false
		for _, r := range list {
			if cause := causeBy(others, r); cause != r.Cause {
				needed = true
			}
		}
		// These are for errors inside answers, and for names in another place.
		inside := sign.Status == 0 && (sign.Code != "" || sign.Type != "")
		if twin := sign.Status != 0 && sign.Code != ""; !needed && !inside && !twin {
			t.Errorf("no refusal needs %+v", sign)
		}
		if said := (routing.Said{Code: sign.Code, Type: sign.Type, Message: sign.Message}); !needed && routing.New(nil).CauseOf(max(sign.Status, 200), said) != sign.Cause {
			t.Errorf("%+v is hidden by another", sign)
		}
	}
}

// causeBy asks only the signs given.
func causeBy(signs []routing.Sign, r Refusal) routing.Cause {
	const none routing.Cause = "none"
	// What a Router asks first hides what it knows itself.
	router := routing.New(&routing.Options{Signs: append(signs, routing.Sign{Status: r.Status, Cause: none})})
	if cause := router.CauseOf(r.Status, routing.Said{Code: r.Code, Type: r.Type, Message: r.Message}); cause != none {
		return cause
	}
	return routing.CauseOfStatus(r.Status)
}

func upper(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'a' <= c && c <= 'z' {
			b[i] = c - 'a' + 'A'
		}
	}
	return string(b)
}
