package e2e

import (
	"context"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/modelward/modelward/modelservice/openapi"
	"github.com/modelward/modelward/modelservice/query"
)

// description is the OpenAPI document, read twice: what it says of a member
// that is read-only or write-only depends on the direction.
type description struct {
	asks    *openapi3.T // read-only members may be anything
	answers *openapi3.T // there are no write-only members
}

func describe(t *testing.T) *description {
	t.Helper()
	return &description{
		asks: load(t, "readOnly", func(properties map[string]any, name string) { properties[name] = map[string]any{} }),
		answers: load(t, "writeOnly", func(properties map[string]any, name string) {
			delete(properties, name)
		}),
	}
}

// load reads the document with another word for the properties that have a
// mark.
func load(t *testing.T, mark string, instead func(properties map[string]any, name string)) *openapi3.T {
	t.Helper()
	var raw map[string]any
	must(t, json.Unmarshal(openapi.Document(), &raw))
	schemas := raw["components"].(map[string]any)["schemas"].(map[string]any)
	marked := map[string]bool{}
	for name, s := range schemas {
		marked["#/components/schemas/"+name] = s.(map[string]any)[mark] == true
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, of := range v {
				walk(of)
			}
		case map[string]any:
			for _, of := range v {
				walk(of)
			}
			properties, _ := v["properties"].(map[string]any)
			for name, p := range properties {
				p, _ := p.(map[string]any)
				ref, _ := p["$ref"].(string)
				if p[mark] != true && !marked[ref] {
					continue
				}
				instead(properties, name)
			}
		}
	}
	walk(raw)
	data, err := json.Marshal(raw)
	must(t, err)
	doc, err := openapi3.NewLoader().LoadFromData(data)
	must(t, err)
	return doc
}

// find returns the path of the document that an escaped path has, and its
// parameters.
func (d *description) find(escaped string) (path string, params map[string]string) {
	if head, ok := strings.CutSuffix(escaped, "/sql/statements/"); ok {
		escaped = head + "/sql/statements" // has two spellings, of which the document has one
	}
	given := strings.Split(escaped, "/")
	for _, path := range d.asks.Paths.InMatchingOrder() {
		if params, ok := match(strings.Split(path, "/"), given); ok {
			return path, params
		}
	}
	return "", nil
}

// match holds the segments of a path against those of one of the document. A
// path below /api/ is decoded before it is looked at; below /ai-gateway/ only
// the name of a model is.
func match(segments, given []string) (params map[string]string, ok bool) {
	if len(segments) != len(given) {
		return nil, false
	}
	params = map[string]string{}
	for i, segment := range segments {
		text, err := url.PathUnescape(given[i])
		if err != nil || given[i] == "." || given[i] == ".." {
			return nil, false
		}
		name, variable := strings.CutPrefix(segment, "{")
		switch {
		case variable && text != "":
			params[strings.TrimSuffix(name, "}")] = text
		case segment != text, segments[1] == "ai-gateway" && segment != given[i]:
			return nil, false
		}
	}
	return params, true
}

// The document keeps the rules of OpenAPI, its examples included.
func TestOpenAPIIsValid(t *testing.T) {
	doc, err := openapi3.NewLoader().LoadFromData(openapi.Document())
	must(t, err)
	if err := doc.Validate(context.Background()); err != nil {
		t.Error(err)
	}
	for parameter, header := range map[string]string{"RequestTagsHeader": query.TagsHeader, "OmitPayloads": query.OmitPayloadsHeader} {
		if name := doc.Components.Parameters[parameter].Value.Name; name != header {
			t.Errorf("the header %s is described as %s", header, name)
		}
	}
	seen := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			if op.OperationID == "" || seen[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s needs an id of its own, a summary and a tag", method, path)
			}
			seen[op.OperationID] = true
		}
	}
}

// The document has the paths that the packages say they have, and no others.
func TestOpenAPIPaths(t *testing.T) {
	parameter := regexp.MustCompile(`\{\w+\}`)
	said := map[string]bool{}
	for file, prefix := range map[string]string{"rest": "/api/", "query": "/ai-gateway/"} {
		source, err := os.ReadFile(filepath.Join("..", "..", "modelservice", file, "doc.go"))
		must(t, err)
		for _, line := range regexp.MustCompile(`(?m)^//\t(?:2\.\d/\S+|GET .*|POST .*)`).FindAllString(string(source), -1) {
			for _, field := range strings.Fields(line)[1:] {
				if strings.Contains(field, "/") {
					said[prefix+parameter.ReplaceAllString(field, "{}")] = true
				}
			}
		}
	}
	described := map[string]bool{}
	for path := range describe(t).asks.Paths.Map() {
		if strings.HasPrefix(path, "/api/") || strings.HasPrefix(path, "/ai-gateway/") {
			described[parameter.ReplaceAllString(path, "{}")] = true
		}
	}
	if len(said) < 10 || !maps.Equal(said, described) {
		t.Errorf("the packages have the paths\n\t%s\ndescribed are\n\t%s", strings.Join(slices.Sorted(maps.Keys(said)), "\n\t"), strings.Join(slices.Sorted(maps.Keys(described)), "\n\t"))
	}
}
