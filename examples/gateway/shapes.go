package main

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// shapes is the chapter of the tour in which clients of other makes come by:
// what describes the API, the same service in the shapes of two APIs, lists in
// pages, and refusals that a program can read.
func shapes() []exchange {
	const (
		ga   = unityCatalog + "/model-services"
		name = "/main.default.team-chat"
	)
	get := func(says, as, path string) exchange { return request(says, as, http.MethodGet, path, "") }
	withKey := get("… and those of Anthropic's, which have a header of their own", "", "/ai-gateway/anthropic/v1/models?limit=1")
	withKey.more = "X-Api-Key: $BOB"
	return []exchange{
		get("Every path is described, for anybody", "", "/openapi.json").expect(describes(ga, modelServices, "/ai-gateway/mlflow/v1/chat/completions")),
		get("The official SDKs and the CLI ask first what they were pointed at", "", discoveryPath).expect(status(200), is("host_type", "WORKSPACE_HOST")),
		get("OpenAI's clients list the models that bob may call", "$BOB", "/ai-gateway/openai/v1/models").
			shown().expect(status(200), is("object", "list"), mentions("data", `"id":"main.default.team-chat"`)),
		withKey.expect(status(200), is("data.0.type", "model"), is("data.0.id", "main.default.team-chat")),

		get("The service in the shape of the official API", "$ALICE", ga+name).
			shown().expect(status(200), is("name", "model-services/main.default.team-chat"), is("config.routing.destinations.0.name", "primary"),
			is("config.routing.fallback.destinations.0.name", "fallback"), is("config.rate_limits.0.requests", "1000")),
		request("… is changed in that shape", "$ALICE", http.MethodPatch, ga+name+"?update_mask=comment", `{"comment": "Ours."}`).
			expect(status(200), is("comment", "Ours.")),
		get("… and read in the other", "$ALICE", modelServices+name).expect(status(200), is("comment", "Ours."), is("rate_limits.tpm", "10000")),
		get("Lists come in pages", "$ALICE", ga+"?parent=schemas/main.default&page_size=2").
			expect(status(200), is("model_services.1.name", "model-services/main.default.multi")).followedBy(nextPage),

		request("A statement as an SDK sends it", "$ALICE", http.MethodPost, "/api/2.0/sql/statements/",
			`{"statement": "SHOW SCHEMAS", "warehouse_id": "any", "catalog": "main", "format": "JSON_ARRAY", "disposition": "INLINE", "wait_timeout": "30s", "on_wait_timeout": "CANCEL"}`).
			expect(says("databaseName", "default", "logging")),
		get("No such path, in JSON too", "$ALICE", "/api/2.1/unity-catalog/model-servers").
			expect(status(404), is("error_code", "ENDPOINT_NOT_FOUND"), is("details.0.@type", "type.googleapis.com/google.rpc.RequestInfo")),
		request("No such method", "$ALICE", http.MethodPut, ga+name, "{}").expect(status(405), takes("DELETE, GET, HEAD, PATCH")),
		get("No token", "", ga+name).expect(status(401), is("error_code", "UNAUTHENTICATED")),
		request("A key that nobody knows is named", "$ALICE", http.MethodPatch, ga+name+"?update_mask=config.rate_limits",
			`{"config": {"rate_limits": [{"key": "RATE_LIMIT_KEY_SERVICE", "request": 1}]}}`).
			expect(status(400), is("error_code", "INVALID_PARAMETER_VALUE"), mentions("message", "/config/rate_limits/0/request")),
	}
}

// nextPage asks for the page after one, and for what its token does not fit.
func nextPage(first *answer) []exchange {
	token := "&page_token=" + url.QueryEscape(first.at("next_page_token"))
	const list = unityCatalog + "/model-services?page_size=2&parent="
	return []exchange{
		request("… of which each names the next one", "$ALICE", http.MethodGet, list+"schemas/main.default"+token, "").
			expect(status(200), is("model_services.0.name", "model-services/main.default.team-chat")),
		request("… for the same question only", "$ALICE", http.MethodGet, list+"schemas/main.logging"+token, "").
			expect(status(400), is("error_code", "INVALID_PARAMETER_VALUE")),
	}
}

// describes is an OpenAPI document that has these paths.
func describes(paths ...string) check {
	return all(status(200), func(a *answer) error {
		if version := a.at("openapi"); !strings.HasPrefix(version, "3.1.") {
			return fmt.Errorf("openapi is %q", version)
		}
		for _, path := range paths {
			if !strings.Contains(string(a.body), fmt.Sprintf("%q:", path)) {
				return fmt.Errorf("the path %s is not in it", path)
			}
		}
		return nil
	})
}

// takes is a refusal that names the methods there are.
func takes(methods string) check {
	return func(a *answer) error {
		if got := a.header.Get("Allow"); got != methods {
			return fmt.Errorf("the methods are %q, not %q", got, methods)
		}
		return nil
	}
}
