// Package upstream sends attempts to model providers over HTTP. It does not
// know who is asking, which service was called, what a limit is, or what to do
// when an attempt fails: it says what went wrong and whether the provider may
// have seen the request, and package routing decides.
//
// # The calls
//
// [New] takes a table of models and returns a *[Backend], which is the
// modelservice.Backend of a gateway:
//
//	backend, err := upstream.New(upstream.Config{Models: map[string]upstream.Model{
//		"system.ai.databricks-gpt-5-2": {
//			BaseURL:       "https://api.example.com/v1",
//			UpstreamModel: "gpt-5.2",
//			APIKey:        inferencelog.NewSecret(key),
//		},
//	}})
//
// [Backend.Replace] puts another table in its place: all of it or, when
// something in it is wrong, nothing. An attempt uses the table that was in
// place when it began.
//
// # What a provider receives
//
// POST to the model's base URL + /chat/completions with Content-Type, Accept,
// Content-Length, User-Agent and, where the model has a key, Authorization.
// Address, credential and headers are functions of the table alone. Of a
// caller's request nothing but the body passes, with the provider's name of the
// model in place of the service's. Redirects are not followed, cookies are not
// kept, and the environment's proxy variables are not read.
//
// # What comes back
//
// An answer of any status is an answer, redirects included. What goes wrong
// before it is a *routing.Failure:
//
//	no connection (refused, no such host, TLS)      refused, not_sent
//	no connection in time                           timeout_connect, not_sent
//	connection lost before a byte was written       refused, not_sent
//	connection lost, or no HTTP, after that         reset, uncertain
//	the context ended                               canceled; errors.Is finds why
//	a compressed 2xx, which was not asked for       malformed
//	a model that is not in the table                refused, not_sent
//
// A model that does not speak the API asked for is an answer to the caller: a
// *modelservice.Error of status 400 (ruling R33).
//
// # Secrets
//
// A provider may repeat the credential in an error. The bodies and headers of
// answers other than 2xx, and the texts of all errors, are searched for the
// model's key, as it is and as URLs, JSON and base64 write it, and each
// occurrence becomes REDACTED.
//
// # Concurrency
//
// A Backend may be used from any number of goroutines. It keeps idle
// connections, which [Backend.Close] closes.
package upstream
