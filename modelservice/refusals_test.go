package modelservice_test

import (
	"net/http"
	"testing"

	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/routing"
	"github.com/modelward/modelward/routing/routingtest"
)

// What providers really say is read as the table of causes has it, from the
// bytes to the step: routing's own tests are given what is read here.
func TestRefusalsOfProviders(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two"))
	for _, r := range routingtest.Refusals() {
		if r.Status >= 200 && r.Status < 300 {
			continue // inside an answer: always malformed (ruling R28)
		}
		header := http.Header{}
		for name, value := range r.Header {
			header.Set(name, value)
		}
		before := len(w.backend.seen())
		w.backend.plays("one", reply{status: r.Status, header: header, body: string(r.Body), empty: true})
		res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask())}, &recorder{})
		asked := w.backend.seen()[before:]
		if len(asked) > 0 && asked[0].model != "one" {
			// It cools by now; what it would have said is told by the others.
			w = newWorld(t, nil)
			w.service(to("one", "two"))
			w.backend.plays("one", reply{status: r.Status, header: header, body: string(r.Body), empty: true})
			res = w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask())}, &recorder{})
		}
		if len(res.Steps) == 0 || res.Steps[0].Cause != r.Cause {
			t.Errorf("%s: %+v, want cause %s", r.Name, res.Steps, r.Cause)
			continue
		}
		moves := r.Cause.Row().Action == routing.NextDestination
		if answered := res.Status == http.StatusOK; answered != moves || (len(res.Steps) == 2) != moves {
			t.Errorf("%s: %d after %d attempts", r.Name, res.Status, len(res.Steps))
		}
	}
}
