package query

import (
	"net/url"
	"strings"
	"testing"

	"github.com/modelward/modelward/modelservice"
	"pgregory.net/rapid"
)

// pathOf is the path of what was found, "" if nothing was.
func pathOf(e *endpoint, model string) string {
	switch {
	case e == nil:
		return ""
	case model != "":
		return e.path + " " + model
	}
	return e.path
}

func mustParse(t testing.TB, text string) *url.URL {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// A path has one spelling, but for a model's name.
func TestFind(t *testing.T) {
	for path, want := range map[string]string{
		"/ai-gateway/openai/v1/responses":                     "openai/v1/responses",
		"/ai-gateway/openai/v1/responses?a=b":                 "openai/v1/responses",
		"/ai-gateway/openai/v1/models":                        "openai/v1/models",
		"/ai-gateway/openai/v1/models/a.b.c":                  "openai/v1/models a.b.c",
		"/ai-gateway/openai/v1/models/%61.b%2Ec":              "openai/v1/models a.b.c",
		"/ai-gateway/anthropic/v1/models/a.b.gr%C3%B6%C3%9Fe": "anthropic/v1/models a.b.größe",
		"/ai-gateway/anthropic/v1/models/a.b.team%40x":        "anthropic/v1/models a.b.team@x",
		"/ai-gateway/openai/v1/models/a%2Fb":                  "openai/v1/models a/b",
		"/ai-gateway/openai/v1/models/chat%20":                "openai/v1/models chat ",

		"/ai-gateway/openai/v1/models/":       "",
		"/ai-gateway/openai/v1/models/a/b":    "",
		"/ai-gateway/openai/v1/models//":      "",
		"/ai-gateway/openai/v1/models/a/":     "",
		"/ai-gateway/openai/v1/modelsx":       "",
		"/ai-gateway/openai/v1/mode%6Cs":      "",
		"/ai-gateway/openai/v1%2Fmodels":      "",
		"/ai-gateway/openai/v1/responses/":    "",
		"/ai-gateway/openai/v1/responses/x":   "",
		"/ai-gateway//openai/v1/responses":    "",
		"/ai-gateway/openai/v1/./responses":   "",
		"/ai-gateway/OPENAI/v1/responses":     "",
		"/ai-gateway/openai/v2/responses":     "",
		"/ai-gateway/mlflow/v1/messages":      "",
		"/ai-gateway/anthropic/v1/embeddings": "",
		"/openai/v1/responses":                "",
		"/ai-gateway":                         "",
		"/ai-gateway/":                        "",
		"":                                    "",
	} {
		if got := pathOf(find(mustParse(t, "http://host"+path))); got != want {
			t.Errorf("%s is %q; want %q", path, got, want)
		}
	}
}

// In a program the end of a path decides.
func TestFindTail(t *testing.T) {
	for path, want := range map[string]string{
		"/chat/completions":                      "openai/v1/chat/completions",
		"/v1/chat/completions":                   "openai/v1/chat/completions",
		"/anything/at/all/embeddings":            "openai/v1/embeddings",
		"/v1/responses":                          "openai/v1/responses",
		"/v1/messages":                           "anthropic/v1/messages",
		"/ai-gateway/mlflow/v1/chat/completions": "mlflow/v1/chat/completions",
		"/x/ai-gateway/mlflow/v1/embeddings":     "mlflow/v1/embeddings",
		"/notmlflow/v1/embeddings":               "openai/v1/embeddings",
		"mlflow/v1/responses":                    "mlflow/v1/responses",
		"/v1/models":                             "openai/v1/models",
		"/v1/models/a.b.c":                       "openai/v1/models a.b.c",
		"/mlflow/v1/models/a.b.c":                "mlflow/v1/models a.b.c",
		"/anthropic/v1/models":                   "anthropic/v1/models",
		"/anthropic/v1/models/a.b.c":             "anthropic/v1/models a.b.c",
		"/models/a%2Fb":                          "openai/v1/models a/b",
		"/models":                                "openai/v1/models",
		"/v1/messages/count_tokens":              "",
		"/v1/models/":                            "",
		"/v1/models/a/b":                         "",
		"/v1/chat/completions/":                  "",
		"/v1/chatcompletions":                    "",
		"/v1/xmodels":                            "",
		"/v1/xembeddings":                        "",
		"chat/completions":                       "",
		"/":                                      "",
		"":                                       "",
	} {
		u := mustParse(t, path)
		if got := pathOf(findTail(u, modelservice.ChatCompletions)); got != want {
			t.Errorf("%s is %q; want %q", path, got, want)
		}
		// Whose clients ask matters for lists of which nothing else says it.
		want := strings.Replace(want, "openai/v1/models", "anthropic/v1/models", 1)
		if got := pathOf(findTail(u, modelservice.Messages)); got != want {
			t.Errorf("for Anthropic's clients %s is %q; want %q", path, got, want)
		}
	}
}

// Whatever a program puts into a URL, nothing panics, and what is found below
// the prefix is found by its tail too.
func TestFindAnything(t *testing.T) {
	part := rapid.OneOf(rapid.SampledFrom([]string{"ai-gateway", "openai", "anthropic", "mlflow", "v1", "models", "messages", "chat", "completions", "%2F", "%", "", "ö"}), rapid.String())
	rapid.Check(t, func(t *rapid.T) {
		path := "/" + strings.Join(rapid.SliceOfN(part, 0, 7).Draw(t, "parts"), "/")
		u := &url.URL{Path: path, RawPath: rapid.SampledFrom([]string{"", path, "/x"}).Draw(t, "raw")}
		e, model := find(u)
		tail, tailModel := findTail(u, formOf(u.Path))
		if e != nil && (tail != e || tailModel != model) {
			t.Fatalf("%q is %s, by its tail %s", path, pathOf(e, model), pathOf(tail, tailModel))
		}
	})
}
