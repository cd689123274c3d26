package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// tell is a visitor of the server at some address, who prints what is answered.
func tell(ctx context.Context, out io.Writer, at string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	visitor := &http.Client{Jar: jar}
	defer visitor.CloseIdleConnections()
	for _, step := range []struct{ method, path, kind, body, origin string }{
		{"GET", "/", "", "", ""},
		{"GET", "/api/orders", "", "", ""},
		{"GET", "/api/2.1/unity-catalog/model-services", "", "", ""},
		{"POST", "/login", "application/x-www-form-urlencoded", url.Values{"user": {"alice"}}.Encode(), ""},
		{"GET", "/api/2.1/unity-catalog/model-services", "", "", ""},
		{"POST", "/ai-gateway/openai/v1/chat/completions", "application/json",
			`{"model":"main.default.chat","messages":[{"role":"user","content":"Hi"}]}`, ""},
		{"DELETE", "/api/2.1/unity-catalog/model-services/main.default.chat", "", "", "https://evil.example.com"},
		{"GET", "/openapi.json", "", "", ""},
	} {
		r, err := http.NewRequestWithContext(ctx, step.method, at+step.path, strings.NewReader(step.body))
		if err != nil {
			return err
		}
		if step.kind != "" {
			r.Header.Set("Content-Type", step.kind)
		}
		if step.origin != "" {
			r.Header.Set("Origin", step.origin)
		}
		answer, err := visitor.Do(r)
		if err != nil {
			return err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%s %s: %d %s", step.method, step.path, answer.StatusCode, gist(body))
		fmt.Fprintln(out, strings.TrimSpace(line))
	}
	return nil
}

// gist is a body in a few words.
func gist(body []byte) string {
	var said struct {
		OpenAPI   string
		ErrorCode string `json:"error_code"`
		Services  []struct {
			Name string
		} `json:"model_services"`
		Choices []struct{ Message struct{ Content string } }
	}
	switch err := json.Unmarshal(body, &said); {
	case err != nil:
		return strings.TrimSpace(string(body))
	case len(said.Services) > 0:
		return said.Services[0].Name
	case len(said.Choices) > 0:
		return said.Choices[0].Message.Content
	case said.OpenAPI != "":
		return "OpenAPI " + said.OpenAPI
	}
	return said.ErrorCode
}
