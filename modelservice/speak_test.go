package modelservice_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/modelservice"
	"github.com/modelward/modelward/routing"
)

// An error has the members of Databricks and of the API's own clients, whatever
// it is (ruling R11).
func TestErrorsPerAPI(t *testing.T) {
	for _, tt := range []struct {
		e                 *modelservice.Error
		openAI, anthropic string // the type of the object
	}{
		{&modelservice.Error{Code: modelservice.CodeInvalidParameter, Message: "m", Field: "model"}, "invalid_request_error", "invalid_request_error"},
		{&modelservice.Error{Code: modelservice.CodeUnauthenticated, Message: "m"}, "authentication_error", "authentication_error"},
		{&modelservice.Error{Code: modelservice.CodePermissionDenied, Message: "m"}, "permission_error", "permission_error"},
		{&modelservice.Error{Code: modelservice.CodeNotFound, Message: "m"}, "invalid_request_error", "not_found_error"},
		{&modelservice.Error{Code: modelservice.CodeInvalidParameter, Message: "m", Status: 413}, "invalid_request_error", "request_too_large"},
		{&modelservice.Error{Code: modelservice.CodeRequestLimitExceeded, Message: "m"}, "rate_limit_error", "rate_limit_error"},
		{&modelservice.Error{Code: modelservice.CodeInternal, Message: "m"}, "server_error", "api_error"},
		{&modelservice.Error{Code: modelservice.CodeBadGateway, Message: "m"}, "server_error", "api_error"},
		{&modelservice.Error{Code: modelservice.CodeUnavailable, Message: "m"}, "server_error", "overloaded_error"},
		{&modelservice.Error{Code: modelservice.CodeBadGateway, Message: "m", Status: 529}, "server_error", "overloaded_error"},
		{&modelservice.Error{Code: modelservice.CodeDeadlineExceeded, Message: "m"}, "server_error", "timeout_error"},
	} {
		for _, api := range []modelservice.API{modelservice.ChatCompletions, modelservice.Embeddings, modelservice.Responses, modelservice.Messages} {
			body := tt.e.Body(api, "the-id")
			var got struct {
				Type      string `json:"type"`
				RequestID string `json:"request_id"`
				Code      string `json:"error_code"`
				Message   string `json:"message"`
				Error     struct{ Type, Message string }
			}
			if err := json.Unmarshal(body, &got); err != nil {
				t.Fatalf("%s: %v", body, err)
			}
			wantType, whole := tt.openAI, ""
			if api == modelservice.Messages {
				wantType, whole = tt.anthropic, "error"
			}
			if got.Code != string(tt.e.Code) || got.Message != "m" || got.Error.Message != "m" || got.Error.Type != wantType || got.Type != whole {
				t.Errorf("%s, status %d: %s", api, tt.e.HTTPStatus(), body)
			}
			if !bytes.HasPrefix(body, []byte(`{"error":{`)) {
				t.Errorf("%s: an error that go-openai would not see in a stream: %s", api, body)
			}
		}
	}
}

// A destination that does not speak the API is the caller's to know, in the
// field's words and without the model's name; no other is asked (ruling R33).
func TestNotSpoken(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two"))
	w.backend.plays("one", reply{err: fmt.Errorf("backend: %w", modelservice.ErrNotSpoken)})
	out := &recorder{}
	res := w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], API: modelservice.Responses, Body: []byte(`{"model":"main.default.chat","input":"hi"}`)}, out)
	if res.Status != http.StatusBadRequest || res.Err.Code != modelservice.CodeBadRequest ||
		res.Err.Message != "Responses API passthrough is not supported by 'main.default.chat'." {
		t.Errorf("%d %v", res.Status, res.Err)
	}
	if strings.Contains(out.body.String(), "system.ai") || w.backend.models() != "one" {
		t.Errorf("asked %s, answered %s", w.backend.models(), out.body.String())
	}
}

// A service shows the APIs that every destination of it speaks.
func TestServiceAPIs(t *testing.T) {
	speaks := map[string][]modelservice.API{
		"one": {modelservice.Responses, modelservice.ChatCompletions, modelservice.Embeddings},
		"two": {modelservice.Messages},
	}
	w := newWorld(t, &setup{speaks: func(m catalog.FullName) []modelservice.API { return speaks[m.Leaf()] }})
	for i, tt := range []struct {
		models []string
		want   []modelservice.API
	}{
		{[]string{"one"}, []modelservice.API{modelservice.ChatCompletions, modelservice.Embeddings, modelservice.Responses}},
		{[]string{"two"}, []modelservice.API{modelservice.Messages}},
		{[]string{"one", "two"}, nil},
		{[]string{"three"}, nil},
	} {
		svc, err := w.create("alice", "main.default", fmt.Sprint("s", i), modelservice.Spec{Destinations: to(tt.models...).Destinations, Fallbacks: to(tt.models...).Fallbacks})
		w.must(err)
		if !slices.Equal(svc.APIs, tt.want) {
			t.Errorf("a service of %v speaks %v, want %v", tt.models, svc.APIs, tt.want)
		}
	}
	svc, err := newWorld(t, nil).create("alice", "main.default", "plain", modelservice.Spec{Destinations: to("one").Destinations})
	w.must(err)
	if !slices.Equal(svc.APIs, []modelservice.API{modelservice.ChatCompletions}) {
		t.Errorf("without Speaks: %v", svc.APIs)
	}
}

// Who answered and after how many attempts is told if the host wants that.
func TestShowRoute(t *testing.T) {
	for _, shown := range []bool{false, true} {
		w := newWorld(t, &setup{showRoute: shown})
		w.service(to("one", "two"))
		w.backend.plays("one", reply{status: 503})
		for _, body := range []string{ask(), ask(`"stream":true`)} {
			out := &recorder{}
			w.serve(t.Context(), "bob", body, out)
			destination, attempts := out.header.Get(modelservice.DestinationHeader), out.header.Get(modelservice.AttemptsHeader)
			if shown && (destination != "d1" || attempts != "2") || !shown && destination+attempts != "" {
				t.Errorf("shown: %t, headers %q and %q", shown, destination, attempts)
			}
		}
	}
}

// How destinations fare is for metastore admins.
func TestGatewayHealth(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one", "two"))
	w.backend.plays("one", reply{status: 500})
	for range 5 {
		w.serve(t.Context(), "bob", ask(), &recorder{})
	}
	_, err := w.gw.Health(w.who["alice"])
	w.refused(err, modelservice.CodePermissionDenied, "metastore admin")
	all, err := w.gw.Health(w.who["admin"])
	w.must(err)
	seen := map[string]routing.Health{}
	var names []string
	for _, d := range all {
		names = append(names, d.Model.String())
		seen[d.Model.Leaf()] = d.Health
	}
	if !slices.Equal(names, []string{"system.ai.one", "system.ai.three", "system.ai.two"}) {
		t.Errorf("models %v", names)
	}
	if one, two := seen["one"], seen["two"]; one.Failures != 5 || !one.Cooling || two.Failures != 0 || two.Cooling {
		t.Errorf("one %+v, two %+v", one, two)
	}
}

// A session stays with one destination of a split, another service's session of
// the same name need not, and without a session the draw decides.
func TestSessions(t *testing.T) {
	draw := uint64(0)
	w := newWorld(t, &setup{draw: func() uint64 { draw++; return draw * 37 }})
	half := 50
	w.service(modelservice.Spec{Destinations: []modelservice.Destination{
		{Name: "a", Model: "system.ai.one", Percentage: &half}, {Name: "b", Model: "system.ai.two", Percentage: &half},
	}})
	asked := func(session string) map[string]bool {
		before := len(w.backend.seen())
		for range 20 {
			w.call(t.Context(), &modelservice.Call{Caller: w.who["bob"], Body: []byte(ask()), Session: session}, &recorder{})
		}
		models := map[string]bool{}
		for _, s := range w.backend.seen()[before:] {
			models[s.model] = true
		}
		return models
	}
	if got := asked(""); len(got) != 2 {
		t.Errorf("without a session only %v was asked", got)
	}
	homes := map[string]int{}
	for i := range 40 {
		got := asked(fmt.Sprint("session ", i))
		if len(got) != 1 {
			t.Errorf("session %d went to %v", i, got)
		}
		for model := range got {
			homes[model]++
		}
	}
	if homes["one"] < 8 || homes["two"] < 8 {
		t.Errorf("40 sessions are at home at %v", homes)
	}
}
