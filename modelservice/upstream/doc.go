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
// POST to an address below the model's base URL with Content-Type, Accept,
// Content-Length and User-Agent. The rest depends on the family of APIs that
// the model speaks:
//
//	openai     /chat/completions, /embeddings, /responses;
//	           Authorization: Bearer KEY
//	anthropic  /messages; x-api-key: KEY, anthropic-version: 2023-06-01
//
// A model without a key is sent none. Address, credential and headers are
// functions of the table alone. Of a caller's request nothing but the body
// passes, with the provider's name of the model in place of the service's: no
// header, no beta flag, no query. Redirects are not followed, cookies are not
// kept, and the environment's proxy variables are not read.
//
// At most one whole request reaches the provider in an attempt. One of which
// nothing was written to a connection kept from before goes out on another; so
// does one that an HTTP/2 provider turned away before it had come to its end.
// One that was sent whole is not repeated here, even where the provider says
// that it did not look at it: that is for package routing to decide.
//
// # What comes back
//
// An answer of any status is an answer, redirects included. What goes wrong
// before it is a *routing.Failure:
//
//	no connection (refused, no such host)           refused, not_sent
//	no TLS handshake                                tls, not_sent
//	no connection in time                           timeout_connect, not_sent
//	connection lost before a byte was written       refused, not_sent
//	connection lost, or no HTTP, after that         reset, uncertain
//	the context ended                               canceled; errors.Is finds why
//	a compressed 2xx, which was not asked for       malformed
//	a model that is not in the table                refused, not_sent
//
// A model that does not speak the API asked for is an error that wraps
// modelservice.ErrNotSpoken, and nothing is sent (ruling R33). [Backend.Speaks]
// tells beforehand; it is what modelservice.MetastoreOptions.Speaks asks for.
//
// Whoever reads a body bounds it. What surrounds one is bounded here: headers
// by [Config.MaxHeader], informational answers included, and what chunks and
// trailers hold besides the body by package http.
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
