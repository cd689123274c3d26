package modelservice

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// errorBody has OpenAI's object first: clients look for an error in a stream by
// how its event begins.
type errorBody struct {
	Error     json.RawMessage `json:"error,omitempty"`
	ErrorCode Code            `json:"error_code"`
	Message   string          `json:"message"`
	Details   []any           `json:"details,omitempty"`
}

type requestInfo struct {
	Type        string `json:"@type"`
	RequestID   string `json:"request_id"`
	ServingData string `json:"serving_data"`
}

type badRequest struct {
	Type       string           `json:"@type"`
	Violations []fieldViolation `json:"field_violations"`
}

type fieldViolation struct {
	Field       string `json:"field"`
	Description string `json:"description"`
}

type openAIError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

// Body returns the error as the query surface answers it to a request of an
// API: error_code and message at the top, as Databricks does, and beside them
// the error object that the API's clients know (ruling R11).
func (e *Error) Body(api API, requestID string) []byte {
	object := json.RawMessage(e.Provider)
	if len(object) == 0 {
		o := openAIError{Message: e.ShortMessage(), Type: e.openAIType(), Code: strings.ToLower(string(e.Code))}
		if e.Field != "" {
			field := clip(e.Field)
			o.Param = &field
		}
		object = mustMarshal(o)
	}
	return mustMarshal(errorBody{object, e.Code, e.ShortMessage(), []any{newRequestInfo(requestID)}})
}

// ManagementBody returns the error as the management surface answers it (spec
// §3.4). Where a field is to blame, the details name it.
func (e *Error) ManagementBody(requestID string) []byte {
	details := []any{newRequestInfo(requestID)}
	if e.Field != "" {
		details = append(details, badRequest{"type.googleapis.com/google.rpc.BadRequest", []fieldViolation{{clip(e.Field), e.ShortMessage()}}})
	}
	return mustMarshal(errorBody{ErrorCode: e.Code, Message: e.ShortMessage(), Details: details})
}

// maxMessage is how much of a message is answered, in bytes: messages quote what
// was asked, and that can be as long as a body.
const maxMessage = 4 << 10

// ShortMessage is the message as it is answered: its first 4 KiB.
func (e *Error) ShortMessage() string { return clip(e.Message) }

// clip cuts a text between two characters.
func clip(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	n := maxMessage
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "…"
}

func newRequestInfo(id string) requestInfo {
	return requestInfo{Type: "type.googleapis.com/google.rpc.RequestInfo", RequestID: id}
}

// openAIType is the "type" that OpenAI's clients know for a status.
func (e *Error) openAIType() string {
	switch status := e.HTTPStatus(); {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request_error"
}

// Header returns the headers that go with the error.
func (e *Error) Header(requestID string) http.Header {
	h := make(http.Header, 4)
	h.Set("Content-Type", "application/json")
	h[RequestIDHeader] = []string{requestID}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(wholeSeconds(e.RetryAfter), 10))
	}
	return h
}

// wholeSeconds rounds up, so that who waits that long has waited long enough.
func wholeSeconds(d time.Duration) int64 {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return whole
}

// mustMarshal encodes values of this file, which always can be; a provider's
// object was checked when it was read.
func mustMarshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		return []byte(`{"error_code":"INTERNAL_ERROR","message":"An internal error occurred."}`)
	}
	return data
}
