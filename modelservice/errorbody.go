package modelservice

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// errorBody has the object of the API first: OpenAI's clients look for an error
// in a stream by how its event begins.
type errorBody struct {
	Error     json.RawMessage `json:"error,omitempty"`
	Type      string          `json:"type,omitempty"` // "error", where the API has it
	RequestID string          `json:"request_id,omitempty"`
	ErrorCode Code            `json:"error_code"`
	Message   string          `json:"message"`
	Details   []any           `json:"details,omitempty"`
}

type requestInfo struct {
	Type        string   `json:"@type"`
	RequestID   string   `json:"request_id"`
	ServingData string   `json:"serving_data"`
	Metadata    metadata `json:"metadata"`
}

type badRequest struct {
	Type       string           `json:"@type"`
	Violations []fieldViolation `json:"field_violations"`
	Metadata   metadata         `json:"metadata"`
}

// metadata is what only details of another kind have. Databricks' client in
// JavaScript reads it of each, and without it reads nothing of the error.
type metadata struct{}

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
	body := errorBody{ErrorCode: e.Code, Message: e.ShortMessage(), Details: []any{newRequestInfo(requestID)}}
	object := openAIError{Message: body.Message, Type: e.openAIType(), Code: strings.ToLower(string(e.Code))}
	if api == Messages {
		body.Type, body.RequestID = "error", requestID
		object.Type = e.anthropicType()
	}
	if e.Field != "" {
		field := clip(e.Field)
		object.Param = &field
	}
	body.Error = mustMarshal(object)
	if len(e.Provider) > 0 {
		body.Error = withMembers(e.Provider, body.Error)
	}
	return mustMarshal(body)
}

// withMembers returns an object with those members of another that it has not,
// behind its own: clients look for all of them in an error (ruling R11), and a
// provider's object is kept as it is (ruling R28).
func withMembers(object, other []byte) []byte {
	var has, wants map[string]json.RawMessage
	if json.Unmarshal(object, &has) != nil || json.Unmarshal(other, &wants) != nil || has == nil {
		return other
	}
	own, _ := bytes.CutSuffix(bytes.TrimSpace(object), []byte("}"))
	whole := bytes.Clone(own)
	for _, name := range slices.Sorted(maps.Keys(wants)) {
		if _, ok := has[name]; ok {
			continue
		}
		if len(has) > 0 {
			whole = append(whole, ',')
		}
		has[name] = nil
		whole = append(append(append(whole, mustMarshal(name)...), ':'), wants[name]...)
	}
	return append(whole, '}')
}

// event returns the error as it ends a stream that had begun (ruling R30).
func (e *Error) event(api API, requestID string) []byte {
	var event []byte
	body := e.Body(api, requestID)
	switch api {
	case Messages:
		event = append(event, "event: error\n"...)
	case Responses:
		// The event's own members, behind the object that clients look for
		// first.
		event = append(event, "event: error\n"...)
		own := mustMarshal(responsesError{Type: "error", Code: strings.ToLower(string(e.Code))})
		body = append(append(body[:len(body)-1], ','), own[1:]...)
	}
	event = append(append(event, "data: "...), body...)
	return append(event, "\n\n"...)
}

// responsesError is what an error event of the Responses API has besides the
// members of an errorBody.
type responsesError struct {
	Type  string  `json:"type"`
	Code  string  `json:"code"`
	Param *string `json:"param"`
}

// ManagementBody returns the error as the management surface answers it (spec
// §3.4). Where a field is to blame, the details name it.
func (e *Error) ManagementBody(requestID string) []byte {
	details := []any{newRequestInfo(requestID)}
	if e.Field != "" {
		details = append(details, badRequest{
			Type: "type.googleapis.com/google.rpc.BadRequest", Violations: []fieldViolation{{clip(e.Field), e.ShortMessage()}}})
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

// anthropicType is the "type" that Anthropic's clients know for a status.
func (e *Error) anthropicType() string {
	switch status := e.HTTPStatus(); {
	case status == http.StatusUnauthorized:
		return "authentication_error"
	case status == http.StatusForbidden:
		return "permission_error"
	case status == http.StatusNotFound:
		return "not_found_error"
	case status == http.StatusRequestEntityTooLarge:
		return "request_too_large"
	case status == http.StatusTooManyRequests:
		return "rate_limit_error"
	case status == http.StatusServiceUnavailable, status == statusOverloaded:
		return "overloaded_error"
	case status == http.StatusGatewayTimeout:
		return "timeout_error"
	case status >= 500:
		return "api_error"
	}
	return "invalid_request_error"
}

// statusOverloaded is what Anthropic answers when it has too much to do.
const statusOverloaded = 529

// longestRetry is how long a client may reasonably sleep by itself. The official
// SDKs, which would otherwise wait out an hour without a word, leave longer
// waits to their caller when they are told to.
const longestRetry = 2 * time.Minute

// Header returns the headers that go with the error.
func (e *Error) Header(requestID string) http.Header {
	h := make(http.Header, 4)
	h.Set("Content-Type", "application/json")
	h[RequestIDHeader] = []string{requestID}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(wholeSeconds(e.RetryAfter), 10))
	}
	if e.RetryAfter > longestRetry {
		h.Set("X-Should-Retry", "false")
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
