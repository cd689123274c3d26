package rest

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/internal/strictjson"
	"github.com/modelward/modelward/modelservice"
)

func noEndpoint() *modelservice.Error {
	return &modelservice.Error{Code: modelservice.CodeNoEndpoint, Message: "There is no API at this path."}
}

func noMethod() *modelservice.Error {
	return &modelservice.Error{Code: modelservice.CodeBadRequest, Status: http.StatusMethodNotAllowed,
		Message: "The API at this path does not have this method."}
}

// unauthenticated is the one answer to bad credentials and to principals that
// are not there.
func unauthenticated() *modelservice.Error {
	return &modelservice.Error{Code: modelservice.CodeUnauthenticated, Message: "The request has no valid credentials."}
}

func internal(err error) *modelservice.Error {
	return &modelservice.Error{Code: modelservice.CodeInternal, Message: "An internal error occurred.", Err: err}
}

// allowed are the methods of a path. What can be got has a HEAD too.
func allowed(actions map[string]action) string {
	methods := slices.Collect(maps.Keys(actions))
	if _, ok := actions[http.MethodGet]; ok {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// invalid blames a query parameter, a part of the path, or, when the field
// begins with a slash, what a JSON pointer points to in the body.
func invalid(field, format string, args ...any) *modelservice.Error {
	message := fmt.Sprintf(format, args...)
	if !strings.Contains(message, field) { // the culprit is always named
		message = field + ": " + message
	}
	return &modelservice.Error{Code: modelservice.CodeInvalidParameter, Field: field, Message: message}
}

// badBody is the refusal of a body that is not what it should be (ruling R14).
func badBody(err error) *modelservice.Error {
	var bad *strictjson.Error
	if !errors.As(err, &bad) {
		return internal(err)
	}
	reason := strings.TrimPrefix(strings.TrimSuffix(bad.Reason, "."), "ratelimit: ") // callers know no packages
	what := strings.TrimPrefix(bad.Pointer+" "+reason, " ")
	return &modelservice.Error{Code: modelservice.CodeInvalidParameter, Field: bad.Pointer,
		Message: "Invalid request body: " + what + ".", Err: err}
}

// badName is the refusal of a name that no object can have.
func badName(field string, err error) *modelservice.Error {
	reason := err.Error()
	var bad *catalog.InvalidError
	if errors.As(err, &bad) {
		reason = bad.Reason
	}
	e := invalid(field, "Invalid name: %s.", reason)
	e.Err = err
	return e
}

// partOf makes one part of a name canonical.
func partOf(field, text string) (string, error) {
	part, err := catalog.CanonicalName(text)
	if err != nil {
		return "", badName(field, err)
	}
	return part, nil
}

// inBody says of an error of the metastore where in the body of the request its
// field is: "config.rate_limits[0].requests" is at
// "/config/rate_limits/0/requests".
func inBody(err error) error {
	if err == nil {
		return nil
	}
	e := *modelservice.AsError(err)
	if e.Field != "" {
		blame(&e, "/"+strings.NewReplacer(".", "/", "[", "/", "]", "").Replace(e.Field))
	}
	return &e
}

// inSeedBody is inBody for the seed page's shape, which has other members than
// the metastore's: what is not checked before is blamed on the member it came
// from.
func inSeedBody(err error) error {
	e := *modelservice.AsError(err)
	for _, member := range []struct{ prefix, at string }{
		{"config.routing", "/destinations"},
		{"destinations", "/destinations"},
		{"config.rate_limits", "/rate_limits"},
		{"config.inference_table", "/inference_table"},
		{"", "/" + e.Field},
	} {
		if e.Field != "" && strings.HasPrefix(e.Field, member.prefix) {
			blame(&e, member.at)
			break
		}
	}
	return &e
}

// blame points to a place in the body. The words of other refusals than that of
// a wrong value are the field's own (spec §12), and stay.
func blame(e *modelservice.Error, pointer string) {
	e.Field = pointer
	if e.Code == modelservice.CodeInvalidParameter {
		e.Message = pointer + ": " + e.Message
	}
}
