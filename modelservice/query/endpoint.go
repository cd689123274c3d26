package query

import (
	"net/url"
	"strings"

	"github.com/modelward/modelward/modelservice"
)

// prefix is where the surface begins.
const prefix = "/ai-gateway/"

// endpoint is what a path stands for. The ones that list answer two paths: the
// one that is written here, and below it one for each model.
type endpoint struct {
	path string           // below the prefix; of a call also the API as the field names it
	api  modelservice.API // of a call and of errors; of a list, whose clients ask
	list bool
}

// endpoints are all there are (spec §7.1). The first with a tail is the one
// that the tail alone stands for in a program.
var endpoints = [...]endpoint{
	{path: "openai/v1/chat/completions", api: modelservice.ChatCompletions},
	{path: "openai/v1/embeddings", api: modelservice.Embeddings},
	{path: "openai/v1/responses", api: modelservice.Responses},
	{path: "openai/v1/models", api: modelservice.ChatCompletions, list: true},
	{path: "anthropic/v1/messages", api: modelservice.Messages},
	{path: "anthropic/v1/models", api: modelservice.Messages, list: true},
	{path: "mlflow/v1/chat/completions", api: modelservice.ChatCompletions},
	{path: "mlflow/v1/embeddings", api: modelservice.Embeddings},
	{path: "mlflow/v1/responses", api: modelservice.Responses},
	{path: "mlflow/v1/models", api: modelservice.ChatCompletions, list: true},
}

// method is what an endpoint is asked with.
func (e *endpoint) method() string {
	if e.list {
		return "GET"
	}
	return "POST"
}

// root is the path up to the version and tail what follows it.
func (e *endpoint) split() (root, tail string) {
	i := strings.Index(e.path, "/v1/") + len("/v1")
	return e.path[:i], e.path[i:]
}

// find returns the endpoint of a URL, nil if there is none, and the one model
// that the path names, if any. A path has one spelling, but for the model's
// name in it.
func find(u *url.URL) (e *endpoint, model string) {
	path, ok := strings.CutPrefix(u.EscapedPath(), prefix)
	if !ok {
		return nil, ""
	}
	for i := range endpoints {
		e := &endpoints[i]
		rest, ok := strings.CutPrefix(path, e.path)
		switch {
		case !ok:
		case rest == "":
			return e, ""
		case e.list && rest[0] == '/':
			if model, ok := segment(rest[1:]); ok {
				return e, model
			}
		}
	}
	return nil, ""
}

// findTail is find in a program, where an SDK's base URL can be anything: the
// tail decides and, where what comes before it says whose it is, that too. A
// list of models is in the form of whose clients ask, unless the path says so.
func findTail(u *url.URL, whose modelservice.API) (e *endpoint, model string) {
	path := u.EscapedPath()
	above := path[:strings.LastIndexByte(path, '/')+1]
	for i := range endpoints {
		candidate, name := &endpoints[i], ""
		root, tail := candidate.split()
		head, ok := strings.CutSuffix(path, tail)
		if !ok && candidate.list {
			if head, ok = strings.CutSuffix(above, tail+"/"); ok {
				name, ok = segment(path[len(above):])
			}
		}
		switch {
		case !ok:
		case strings.HasSuffix("/"+head, "/"+root):
			return candidate, name
		case e == nil || e.list && e.api != whose && candidate.api == whose:
			e, model = candidate, name
		}
	}
	return e, model
}

// segment decodes the last segment of a path.
func segment(escaped string) (string, bool) {
	if escaped == "" || strings.Contains(escaped, "/") {
		return "", false
	}
	name, err := url.PathUnescape(escaped)
	return name, err == nil
}

// formOf is whose errors a path has, if it has no endpoint.
func formOf(path string) modelservice.API {
	if ofAnthropic(path) {
		return modelservice.Messages
	}
	return modelservice.ChatCompletions
}

// ofAnthropic reports whether a path is one for Anthropic's clients.
func ofAnthropic(path string) bool { return strings.HasPrefix(path, prefix+"anthropic/") }
