// Package query puts HTTP in front of a gateway: the inference surface, on
// which model services are called as OpenAI's clients call models. It does not
// know what a service is, who may call it, where it sends to, or what an answer
// means: it finds out who asks, reads the body, and hands both to
// modelservice.Gateway, which answers.
//
// # In a server
//
//	tokens, err := query.NewTokens(map[string]string{token: "alice@example.com"})
//	handler, err := query.New(query.Config{
//		Gateway: gateway, Metastore: metastore, Authenticate: tokens.Authenticate,
//	})
//	mux.Handle("/ai-gateway/", handler)
//
// The paths (spec §7.1):
//
//	POST /ai-gateway/mlflow/v1/chat/completions    chat completions
//	POST /ai-gateway/openai/v1/chat/completions    the same
//	GET  /ai-gateway/mlflow/v1/models              the services that the caller may call
//	GET  /ai-gateway/openai/v1/models              the same
//
// The paths of the other APIs (embeddings, responses, messages) answer 501.
// Time-outs for reading a request belong to the http.Server; how long the
// caller may take to accept an answer is [Config].WriteTimeout.
//
// # In a program
//
// [Transport] is the same surface without a server: an http.RoundTripper that
// goes under an SDK's http.Client and calls the gateway in process.
//
// # Order
//
// Authentication first, then path and method, then the request tags and the
// body, then the gateway with its own order (spec §7.2). The body is not read
// for a caller who is not known, and is read whole before anything is sent.
//
// # Errors
//
// Every error is JSON with error_code and message at the top and OpenAI's error
// object beside them (ruling R11); every answer carries the id of its request
// in X-Databricks-Request-Id (ruling R35).
//
// # Concurrency
//
// Handlers, transports and [Tokens] may be used from any number of goroutines.
package query
