// Package openapi does not know what answers, or whether anything does: it holds
// the description of the whole API over HTTP, as an OpenAPI 3.1 document, for
// people to read and for programs that make clients.
//
// # What is in it
//
// The paths of package rest below /api/, those of package query below
// /ai-gateway/, and two of the server itself: /healthz, as the example gateway
// has it, and /openapi.json, where the document is served. Of each operation
// there is who may use it, what goes in and what comes out: parameters with
// their ranges and defaults, bodies, headers, and every status that is to be
// expected. Objects whose shape is ours are closed, as they are read (ruling
// R14); members that only answers have are read-only, and taken in requests
// without being looked at (ruling R36). Bodies of inference are open: they are
// the provider's and pass through.
//
// Names of operations, such as createModelService, are what generators call
// their functions; they stay.
//
// A server that leaves some of this out, or puts it below another path, changes
// a copy: the document is plain JSON.
//
// # In a server
//
//	mux.Handle("/openapi.json", openapi.Handler())
//
// It needs no credentials: the document says nothing about what is in a
// catalog. Package rest, behind the same mux, answers for other paths.
//
// # How it is kept
//
// openapi.json is written by hand. A test takes all that the tests of the two
// handlers ask and are answered, and holds each against the document: what is
// answered is described, what the document refuses is refused, and nothing is
// described that is never answered. The examples are played against a server.
package openapi
