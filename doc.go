// Package modelward is the front door of a library that governs calls to
// language models inside any Go service: a tree of securables with owners and
// grants, model services that route to destinations with fallback, request and
// token limits that hold, and a log of every call as a governed table. It holds
// no code; it says where things are.
//
// # The rooms
//
//	catalog        the nouns, and where they are kept
//	authz          may they?
//	routing        where, and where next?
//	ratelimit      how many?
//	inferencelog   what happened?
//	modelservice   the one room that knows them all, and the order of the steps
//	  rest         management over HTTP, in both shapes of the API
//	  statement    management in SQL
//	  query        inference over HTTP, and as an http.RoundTripper
//	  upstream     the way to the providers
//	  authn        who asks, by the credentials of a request
//	  openapi      all that is over HTTP, described for programs
//	examples       quickstart in one process, others with one idea each;
//	               gateway, the complete server
//
// The lower five do not know one another, except that authz knows the catalog's
// nouns. Each package's documentation begins with what it does not know.
//
// # The way of one request
//
//	name → one snapshot → authorise → all limits at once → plan
//	     → attempt, attempt … → settle → record
//
// It is one function, Serve in package modelservice, and every exit leaves
// through the same settlement.
//
// Start with package modelservice, or run examples/gateway with -tour. Short
// names in comments, such as spec §5.3, ruling R6 and invariant I33, are
// explained in DESIGN.md under References.
package modelward
