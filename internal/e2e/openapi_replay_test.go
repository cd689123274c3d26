package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/modelward/modelward/internal/exchange"
)

// replay holds exchanges against the description, and remembers which answers
// there were.
type replay struct {
	*description
	seen map[string]int // by operation and status
}

// check returns what the description and an exchange disagree about.
func (p *replay) check(x *exchange.Exchange) error {
	target, err := url.ParseRequestURI(x.Target)
	if err != nil {
		return p.checkUnknown(x, "")
	}
	path, params := p.find(target.EscapedPath())
	if err := p.checkCode(x); err != nil {
		return err
	}
	method := x.Method
	if method == http.MethodHead && !strings.HasPrefix(path, "/ai-gateway/") {
		method = http.MethodGet
	}
	var op *openapi3.Operation
	if path != "" {
		op = p.answers.Paths.Value(path).GetOperation(method)
	}
	if op == nil {
		return p.checkUnknown(x, path)
	}
	if x.Method != http.MethodHead {
		p.seen[fmt.Sprint(op.OperationID, " ", x.Status)]++
	}
	if err := p.checkAnswer(x, path, method, op); err != nil {
		return fmt.Errorf("%s answers what is not described: %w", op.OperationID, err)
	}
	if err := p.checkRequest(x, path, method, target, params); err != nil && (x.Status < 400 || x.Status >= 500) {
		return fmt.Errorf("%s takes what is not described: %w", op.OperationID, err)
	}
	return nil
}

// checkCode checks that an error has one of the codes that are listed.
func (p *replay) checkCode(x *exchange.Exchange) error {
	var body struct {
		Code string `json:"error_code"`
	}
	if x.Status < 400 || x.Method == http.MethodHead || json.Unmarshal(x.Answered, &body) != nil {
		return nil
	}
	codes, _ := p.answers.Components.Schemas["ErrorCode"].Value.Extensions["x-extensible-enum"].([]any)
	if !slices.Contains(codes, any(body.Code)) {
		return fmt.Errorf("the error code %q is not listed", body.Code)
	}
	return nil
}

// checkUnknown checks the answer to a request that is no operation: its path is
// unknown, or its method.
func (p *replay) checkUnknown(x *exchange.Exchange, path string) error {
	want := http.StatusNotFound
	if path != "" {
		want = http.StatusMethodNotAllowed
		if allow := p.allowed(path); x.Status == want && x.Answer.Get("Allow") != allow {
			return fmt.Errorf("Allow is %q, described is %q", x.Answer.Get("Allow"), allow)
		}
	}
	if x.Status != want && x.Status != http.StatusUnauthorized {
		return fmt.Errorf("it is not described, and answered with %d", x.Status)
	}
	if x.Method == http.MethodHead {
		return nil
	}
	var body any
	if err := json.Unmarshal(x.Answered, &body); err != nil {
		return err
	}
	forms := []string{"Error", "InferenceError"} // a path of neither surface is answered by either
	switch {
	case strings.HasPrefix(x.Target, "/api/"):
		forms = forms[:1]
	case strings.HasPrefix(x.Target, "/ai-gateway/"):
		forms = forms[1:]
	}
	var err error
	for _, form := range forms {
		if err = p.answers.Components.Schemas[form].Value.VisitJSON(body, openapi3.EnableJSONSchema2020()); err == nil {
			return nil
		}
	}
	return err
}

// allowed are the methods that a path is described with, as Allow has them: HEAD
// goes without saying, where there is a GET, but below /ai-gateway/.
func (p *replay) allowed(path string) string {
	methods := slices.Collect(maps.Keys(p.asks.Paths.Value(path).Operations()))
	if slices.Contains(methods, http.MethodGet) && !strings.HasPrefix(path, "/ai-gateway/") {
		methods = append(methods, http.MethodHead)
	}
	slices.Sort(methods)
	return strings.Join(methods, ", ")
}

// spoken are the statuses that callers have to expect: they are described with
// the operation. Others have default.
var spoken = []int{200, 304, 400, 401, 403, 404, 405, 409, 413, 429}

func (p *replay) checkAnswer(x *exchange.Exchange, path, method string, op *openapi3.Operation) error {
	if op.Responses.Status(x.Status) == nil && (slices.Contains(spoken, x.Status) || op.Responses.Default() == nil) {
		return fmt.Errorf("the status is %d", x.Status)
	}
	r, err := http.NewRequest(x.Method, x.Target, nil)
	if err != nil {
		return err
	}
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, Route: route(p.answers, path, method)},
		Status:                 x.Status, Header: x.Answer, Body: io.NopCloser(bytes.NewReader(x.Answered)),
		Options: &openapi3filter.Options{ExcludeResponseBody: x.Cut},
	})
}

func (p *replay) checkRequest(x *exchange.Exchange, path, method string, target *url.URL, params map[string]string) error {
	query := target.Query()
	for name, values := range query {
		if len(values) == 1 && values[0] == "" {
			delete(query, name) // as good as absent
		}
	}
	r, err := http.NewRequest(x.Method, x.Target, bytes.NewReader(said(x.Body, query)))
	if err != nil {
		return err
	}
	r.Header = x.Header.Clone()
	if r.Header == nil {
		r.Header = http.Header{}
	}
	r.Header.Set("Content-Type", "application/json") // nobody looks at it
	return openapi3filter.ValidateRequest(context.Background(), &openapi3filter.RequestValidationInput{
		Request: r, Route: route(p.asks, path, method), PathParams: params, QueryParams: query,
		Options: &openapi3filter.Options{
			AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, SkipSettingDefaults: true,
			ExcludeRequestBody: !x.Whole, // it was refused before anybody read it
		},
	})
}

func route(doc *openapi3.T, path, method string) *routers.Route {
	item := doc.Paths.Value(path)
	return &routers.Route{Spec: doc, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)}
}

// said is a body without what says nothing: members that are null, which are as
// good as absent, and those that an update_mask does not name.
func said(body []byte, query url.Values) []byte {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil || d.More() {
		return body
	}
	dropNulls(v)
	if mask := query.Get("update_mask"); mask != "" && !strings.Contains(mask, "*") {
		dropUnnamed(v, "", strings.Split(mask, ","))
	}
	out, err := json.Marshal(v)
	if err != nil {
		return body
	}
	return out
}

func dropNulls(v any) {
	switch v := v.(type) {
	case []any:
		for _, of := range v {
			dropNulls(of)
		}
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, of any) bool { return of == nil })
		for _, of := range v {
			dropNulls(of)
		}
	}
}

// dropUnnamed keeps of the members of an object at a path those that a mask
// names, or part of which it names. What is no member of a service has no
// business there and stays.
func dropUnnamed(v any, at string, mask []string) {
	members, _ := v.(map[string]any)
	for name, of := range members {
		path := at + name
		switch {
		case slices.ContainsFunc(mask, func(m string) bool { return m == path || strings.HasPrefix(path, m+".") }):
		case slices.ContainsFunc(mask, func(m string) bool { return strings.HasPrefix(m, path+".") }):
			dropUnnamed(of, path+".", mask)
		case slices.Contains([]string{"comment", "owner", "config", "config.routing", "config.rate_limits", "config.inference_table"}, path):
			delete(members, name)
		}
	}
}
