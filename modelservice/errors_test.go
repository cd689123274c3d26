package modelservice_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"github.com/modelward/modelward/authz"
	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
	"github.com/modelward/modelward/modelservice"
)

// Every code has the status of spec §14.
func TestCodeStatus(t *testing.T) {
	for status, codes := range map[int][]modelservice.Code{
		400: {modelservice.CodeInvalidParameter, modelservice.CodeBadRequest, modelservice.CodeFailedPrecondition, modelservice.CodeInvalidState, modelservice.CodeNotSupported},
		401: {modelservice.CodeUnauthenticated},
		403: {modelservice.CodePermissionDenied},
		404: {modelservice.CodeNotFound, modelservice.CodeDoesNotExist, modelservice.CodePrincipalNotExist},
		409: {modelservice.CodeAlreadyExists, modelservice.CodeAborted},
		429: {modelservice.CodeRequestLimitExceeded, modelservice.CodeResourceExhausted},
		499: {modelservice.CodeCancelled},
		500: {modelservice.CodeInternal, "SOMETHING_ELSE", ""},
		501: {modelservice.CodeNotImplemented},
		502: {modelservice.CodeBadGateway},
		503: {modelservice.CodeUnavailable},
		504: {modelservice.CodeDeadlineExceeded},
	} {
		for _, code := range codes {
			if got := code.HTTPStatus(); got != status {
				t.Errorf("%s is %d, want %d", code, got, status)
			}
			if got := (&modelservice.Error{Code: code, Status: 418}).HTTPStatus(); got != 418 {
				t.Errorf("%s with a status of its own is %d", code, got)
			}
		}
	}
}

// Errors of the rooms below get a code, stay recognisable, and tell nothing of
// themselves to the caller.
func TestAsError(t *testing.T) {
	if e := modelservice.AsError(nil); e != nil {
		t.Errorf("nil becomes %v", e)
	}
	own := &modelservice.Error{Code: modelservice.CodeAborted, Message: "m"}
	if e := modelservice.AsError(fmt.Errorf("wrapped: %w", own)); e != own {
		t.Errorf("an *Error becomes %v", e)
	}
	for err, code := range map[error]modelservice.Code{
		catalog.ErrAlreadyExists: modelservice.CodeAlreadyExists, catalog.ErrNotFound: modelservice.CodeDoesNotExist,
		catalog.ErrNotEmpty: modelservice.CodeInvalidState, catalog.ErrCycle: modelservice.CodeInvalidParameter,
		catalog.ErrBuiltIn: modelservice.CodePermissionDenied, catalog.ErrClosed: modelservice.CodeUnavailable,
		inferencelog.ErrClosed: modelservice.CodeUnavailable, context.Canceled: modelservice.CodeCancelled,
		context.DeadlineExceeded: modelservice.CodeDeadlineExceeded, fs.ErrPermission: modelservice.CodeInternal,
	} {
		e := modelservice.AsError(fmt.Errorf("a secret path: %w", err))
		if e.Code != code || !errors.Is(e, err) || e.Message == "" {
			t.Errorf("%v becomes %v, want %s", err, e, code)
		}
		for _, body := range [][]byte{e.Body(modelservice.ChatCompletions, "r"), e.ManagementBody("r")} {
			if !json.Valid(body) || bytes.Contains(body, []byte("secret")) || !bytes.Contains(body, []byte(code)) {
				t.Errorf("%v is told as %s", err, body)
			}
		}
	}
	if e := modelservice.AsError(&catalog.InvalidError{Field: "name", Reason: "is odd"}); e.Code != modelservice.CodeInvalidParameter || e.Field != "name" {
		t.Errorf("%v", e)
	}
}

// The management surface's form (spec §3.4), and the headers of both.
func TestErrorForms(t *testing.T) {
	e := &modelservice.Error{Code: modelservice.CodeInvalidParameter, Message: "\"quoted\" \x00 \xff", Field: "config.x", RetryAfter: 1500 * time.Millisecond}
	var got struct {
		Code    string           `json:"error_code"`
		Details []map[string]any `json:"details"`
		Error   any              `json:"error"`
	}
	if err := json.Unmarshal(e.ManagementBody("id"), &got); err != nil || got.Code != "INVALID_PARAMETER_VALUE" || len(got.Details) == 0 ||
		got.Details[0]["request_id"] != "id" || got.Error != nil {
		t.Errorf("%v: %s", err, e.ManagementBody("id"))
	}
	h := e.Header("id")
	if h.Get("Retry-After") != "2" || h.Get(modelservice.RequestIDHeader) != "id" || h.Get("Content-Type") != "application/json" {
		t.Errorf("%v", h)
	}
	if h.Get("X-Should-Retry") != "" {
		t.Errorf("a short wait is not left to the client: %v", h)
	}
	if h := (&modelservice.Error{RetryAfter: time.Hour}).Header(""); h.Get("Retry-After") != "3600" || h.Get("X-Should-Retry") != "false" {
		t.Errorf("a client would sleep an hour: %v", h)
	}
	if h := (&modelservice.Error{}).Header(""); h.Get("Retry-After") != "" {
		t.Errorf("%v", h)
	}
}

// What is required is asked for when things are put together.
func TestRequired(t *testing.T) {
	w := newWorld(t, nil)
	good := modelservice.Config{Metastore: w.ms, Router: w.router, Limiter: w.limiter, Backend: w.backend}
	for i := range 4 {
		cfg := good
		switch i {
		case 0:
			cfg.Metastore = nil
		case 1:
			cfg.Router = nil
		case 2:
			cfg.Limiter = nil
		case 3:
			cfg.Backend = nil
		}
		if _, err := modelservice.NewGateway(cfg); err == nil {
			t.Errorf("a gateway was made of %+v", cfg)
		}
	}
	bare, err := catalog.Open(t.Context(), nil, nil)
	w.must(err)
	defer bare.Close(t.Context())
	if _, err := modelservice.NewMetastore(t.Context(), bare, authz.New(nil), nil); err == nil {
		t.Error("a metastore over a catalog that does not know services")
	}
}

// The services that a caller may call, no others, in order.
func TestCallableServices(t *testing.T) {
	w := newWorld(t, nil)
	w.service(to("one"))
	for _, name := range []string{"z", "a-b", "a"} {
		_, err := w.create("alice", "main.default", name, modelservice.Spec{Destinations: to("one").Destinations})
		w.must(err)
	}
	w.letIn("bob", "main.default.a-b")
	w.grant("carol", modelservice.TypeModelService, chat, catalog.Execute) // and no USE
	for who, want := range map[string]string{
		"alice": "[main.default.a main.default.a-b main.default.chat main.default.z]",
		"bob":   "[main.default.a-b main.default.chat]", "carol": "[]", "admin": "[]", "nobody": "[]",
	} {
		names := collect(w.gw.Services(w.who[who]))
		if got := fmt.Sprint(names); got != want {
			t.Errorf("%s may call %s, want %s", who, got, want)
		}
		for _, name := range names {
			if res := w.serve(t.Context(), who, askOf(name.String()), &recorder{}); res.Status != 200 {
				t.Errorf("%s calling %s: %d", who, name, res.Status)
			}
		}
	}
}

// A provider's error object is kept as it is, and has besides what clients look
// for in one (rulings R11, R28).
func TestProviderObject(t *testing.T) {
	for _, c := range []struct{ object, want string }{
		{`{"message":"m"}`, `{"message":"m","code":"bad_request","param":null,"type":"invalid_request_error"}`},
		{` { "message" : "m", "n": 1e400 } `, ` { "message" : "m", "n": 1e400 ,"code":"bad_request","param":null,"type":"invalid_request_error"}`},
		{`{}`, `{"code":"bad_request","message":"said","param":null,"type":"invalid_request_error"}`},
		{`{"m\u0065ssage":"m","type":null,"param":["a"],"code":7}`, `{"m\u0065ssage":"m","type":null,"param":["a"],"code":7}`},
		{`{"Type":"T","type":"t","message":"}","code":"c"}`, `{"Type":"T","type":"t","message":"}","code":"c","param":null}`},
		{``, `{"message":"said","type":"invalid_request_error","param":null,"code":"bad_request"}`},
		{`[]`, `{"message":"said","type":"invalid_request_error","param":null,"code":"bad_request"}`},
		{`{"message"`, `{"message":"said","type":"invalid_request_error","param":null,"code":"bad_request"}`},
	} {
		e := &modelservice.Error{Code: modelservice.CodeBadRequest, Message: "said", Provider: []byte(c.object)}
		var body struct {
			Error json.RawMessage `json:"error"`
		}
		if err := json.Unmarshal(e.Body(modelservice.ChatCompletions, "id"), &body); err != nil {
			t.Errorf("%s: %v", c.object, err)
			continue
		}
		if want := compacted(t, c.want); string(body.Error) != want {
			t.Errorf("%s becomes\n%s, want\n%s", c.object, body.Error, want)
		}
	}
}

func compacted(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
