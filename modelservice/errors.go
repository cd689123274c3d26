package modelservice

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/inferencelog"
)

// Code is an error code in the words of the Databricks API (spec §14). There
// is no code for success.
type Code string

// The codes that this package answers with, each with its HTTP status.
const (
	CodeInvalidParameter     Code = "INVALID_PARAMETER_VALUE"  // 400
	CodeBadRequest           Code = "BAD_REQUEST"              // 400
	CodeFailedPrecondition   Code = "FAILED_PRECONDITION"      // 400
	CodeInvalidState         Code = "INVALID_STATE"            // 400
	CodeNotSupported         Code = "UC_COMMAND_NOT_SUPPORTED" // 400
	CodeUnauthenticated      Code = "UNAUTHENTICATED"          // 401
	CodePermissionDenied     Code = "PERMISSION_DENIED"        // 403
	CodeNotFound             Code = "NOT_FOUND"                // 404: query surface
	CodeDoesNotExist         Code = "RESOURCE_DOES_NOT_EXIST"  // 404: management surface
	CodePrincipalNotExist    Code = "PRINCIPAL_DOES_NOT_EXIST" // 404
	CodeNoEndpoint           Code = "ENDPOINT_NOT_FOUND"       // 404: no such path
	CodeAlreadyExists        Code = "ALREADY_EXISTS"           // 409
	CodeAborted              Code = "ABORTED"                  // 409: the etag does not match
	CodeRequestLimitExceeded Code = "REQUEST_LIMIT_EXCEEDED"   // 429: a limit of the service
	CodeResourceExhausted    Code = "RESOURCE_EXHAUSTED"       // 429: the provider's limit, or too many counts here
	CodeCancelled            Code = "CANCELLED"                // 499
	CodeInternal             Code = "INTERNAL_ERROR"           // 500
	CodeNotImplemented       Code = "NOT_IMPLEMENTED"          // 501
	CodeBadGateway           Code = "BAD_GATEWAY"              // 502
	CodeUnavailable          Code = "TEMPORARILY_UNAVAILABLE"  // 503
	CodeDeadlineExceeded     Code = "DEADLINE_EXCEEDED"        // 504
)

// StatusCancelled is the status of a call whose caller went away (spec §14).
const StatusCancelled = 499

// HTTPStatus returns the status that goes with the code.
func (c Code) HTTPStatus() int {
	switch c {
	case CodeInvalidParameter, CodeBadRequest, CodeFailedPrecondition, CodeInvalidState, CodeNotSupported:
		return http.StatusBadRequest
	case CodeUnauthenticated:
		return http.StatusUnauthorized
	case CodePermissionDenied:
		return http.StatusForbidden
	case CodeNotFound, CodeDoesNotExist, CodePrincipalNotExist, CodeNoEndpoint:
		return http.StatusNotFound
	case CodeAlreadyExists, CodeAborted:
		return http.StatusConflict
	case CodeRequestLimitExceeded, CodeResourceExhausted:
		return http.StatusTooManyRequests
	case CodeCancelled:
		return StatusCancelled
	case CodeNotImplemented:
		return http.StatusNotImplemented
	case CodeBadGateway:
		return http.StatusBadGateway
	case CodeUnavailable:
		return http.StatusServiceUnavailable
	case CodeDeadlineExceeded:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// Error is the one error of this package and its surfaces. Message is written
// for the caller and holds nothing that the caller may not know; Err is for the
// log and for errors.Is, and never reaches a caller.
type Error struct {
	Code    Code
	Message string
	Field   string // what in the request is wrong, as a path or JSON pointer; may be empty

	// Status overrides the code's HTTP status when not 0: a provider's own
	// status is passed on (ruling R28).
	Status int
	// RetryAfter is how long to wait, for a limit (spec §5.5). It is sent in
	// whole seconds, rounded up.
	RetryAfter time.Duration
	// Provider is the error object of the provider that refused, as JSON. It is
	// answered as it is, with what it lacks of message, type, param and code
	// behind it.
	Provider []byte

	Err error

	refused   bool // a limit or a missing right has the last word (ruling R34)
	cancelled bool // the call's context ended by a deadline of the host's
}

func (e *Error) Error() string {
	s := fmt.Sprintf("modelservice: %s: %s", e.Code, e.Message)
	if e.Field != "" && !strings.Contains(e.Message, e.Field) {
		s = fmt.Sprintf("modelservice: %s: %s: %s", e.Code, e.Field, e.Message)
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

func (e *Error) Unwrap() error { return e.Err }

// HTTPStatus returns the status to answer with.
func (e *Error) HTTPStatus() int {
	if e.Status != 0 {
		return e.Status
	}
	return e.Code.HTTPStatus()
}

// AsError returns err as an [*Error]. Errors of the rooms below and
// of the context are translated; what is unknown becomes INTERNAL_ERROR with a
// message that says nothing else. It returns nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	var field *catalog.InvalidError
	switch {
	case errors.As(err, &field):
		return &Error{Code: CodeInvalidParameter, Field: field.Field, Err: err,
			Message: fmt.Sprintf("Invalid %s: %s.", field.Field, field.Reason)}
	case errors.Is(err, catalog.ErrAlreadyExists):
		return &Error{Code: CodeAlreadyExists, Message: "The name is already taken.", Err: err}
	case errors.Is(err, catalog.ErrNotFound):
		return &Error{Code: CodeDoesNotExist, Message: "The object does not exist.", Err: err}
	case errors.Is(err, catalog.ErrNotEmpty):
		return &Error{Code: CodeInvalidState, Message: "The object is not empty.", Err: err}
	case errors.Is(err, catalog.ErrCycle):
		return &Error{Code: CodeInvalidParameter, Message: "The group would contain itself.", Field: "members", Err: err}
	case errors.Is(err, catalog.ErrBuiltIn):
		return &Error{Code: CodePermissionDenied, Message: "Built-in objects cannot be changed.", Err: err}
	case errors.Is(err, catalog.ErrUnknownOutcome):
		return &Error{Code: CodeInternal, Message: "It could not be found out whether the change was made.", Err: err}
	case errors.Is(err, catalog.ErrClosed), errors.Is(err, inferencelog.ErrClosed):
		return &Error{Code: CodeUnavailable, Message: "The service is shutting down.", Err: err}
	case errors.Is(err, context.Canceled):
		return &Error{Code: CodeCancelled, Message: "The caller went away.", Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: CodeDeadlineExceeded, Message: "The request took too long.", Err: err}
	}
	return &Error{Code: CodeInternal, Message: "An internal error occurred.", Err: err}
}

func invalid(field, format string, args ...any) *Error {
	return &Error{Code: CodeInvalidParameter, Field: field, Message: fmt.Sprintf(format, args...)}
}
