// Package query puts HTTP in front of a gateway: the inference surface, on
// which model services are called as clients of OpenAI and Anthropic call
// models. It does not know what a service is, who may call it, where it sends
// to, or what an answer means: it finds out who asks, reads the body, and hands
// both to modelservice.Gateway, which answers.
//
// # In a server
//
//	tokens, err := authn.NewTokens(map[string]string{token: "alice@example.com"})
//	handler, err := query.New(query.Config{
//		Gateway: gateway, Metastore: metastore, Authenticate: tokens.Authenticate,
//	})
//	mux.Handle("/ai-gateway/", handler)
//
// The paths (spec §7.1), below /ai-gateway/:
//
//	POST mlflow/v1/chat/completions   openai/v1/chat/completions
//	POST mlflow/v1/embeddings         openai/v1/embeddings
//	POST mlflow/v1/responses          openai/v1/responses
//	POST anthropic/v1/messages
//	GET  mlflow/v1/models             openai/v1/models             anthropic/v1/models
//	GET  mlflow/v1/models/{id}        openai/v1/models/{id}        anthropic/v1/models/{id}
//
// So the base URL of an SDK of OpenAI's is https://host/ai-gateway/openai/v1,
// that of one of Anthropic's https://host/ai-gateway/anthropic. Parameters
// behind the path, such as ?beta=true, are not looked at.
//
// Time-outs for reading a request belong to the http.Server; how long the
// caller may take to accept an answer is [Config].WriteTimeout.
//
// # In a program
//
// [Transport] is the same surface without a server: an http.RoundTripper that
// goes under an SDK's http.Client and calls the gateway in process.
//
// # Models
//
// The models that are listed are the services that the caller may call, ordered
// by name, whichever APIs their destinations speak; {id} is the name of one, in
// one segment of the path and in any escaping, and what the caller may not call
// is answered as a call would be. The lists for OpenAI's clients come whole.
// Anthropic's come in pages of limit models, 1 to 1,000 and 20 by default, that
// follow after_id or come before before_id. An id is a place in the order: it
// need not be in the list, or not any more.
//
// # Sessions
//
// A header can name the session that a call belongs to, so that all of one
// session go to the same destination of a traffic split: [Config].SessionHeaders.
// Some proxies drop headers whose name has an underscore.
//
// Rows of the log have of a request its path without a query, the address of the
// connection's other end, the user agent, and those headers that
// [Config].LogHeaders names: none by default, and never one for credentials. With
// [OmitPayloadsHeader] a caller asks for a row without bodies.
//
// # Order
//
// Authentication first, then path and method, then the request tags and the
// body, then the gateway with its own order (spec §7.2). The body is not read
// for a caller who is not known, and is read whole before anything is sent.
//
// # Errors
//
// Every error is JSON with error_code and message at the top and beside them
// what the API's clients know: OpenAI's error object, or below anthropic/
// Anthropic's type, error and request_id (ruling R11). That holds for a path that
// does not exist, too. Every answer carries the id of its request in
// X-Databricks-Request-Id (ruling R35), and
// where the API's own SDKs look for it: X-Request-Id, or Request-Id on the paths
// of Anthropic's.
//
// # Limits
//
// A call that a limit refuses is answered with 429 and a Retry-After that is
// enough for the limit, in whole seconds; with 403 where the limit is 0, and
// with 503 while nobody knows how much is used (spec §5.5, ruling R11). Where
// modelservice.Config.LimitHeaders is set, answers to calls of services with limits
// say how the caller stands, of requests and tokens, as the answer begins:
// X-Ratelimit-Limit-Requests, X-Ratelimit-Remaining-Requests and
// X-Ratelimit-Reset-Requests, the time until nothing is used, such as 1m1s; on the
// paths of Anthropic's Anthropic-Ratelimit-Requests-Limit, -Remaining and -Reset,
// the latter as a time (RFC 3339); likewise for tokens. Of several limits it is
// the one that will refuse first.
//
// # Concurrency
//
// Handlers and transports may be used from any number of goroutines.
package query
