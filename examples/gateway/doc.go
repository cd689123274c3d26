// Command gateway does not know how to govern a call: every rule of that is in
// the library. It knows how to put the library's parts together into a server:
// from a configuration file, on an embedded database, behind HTTP.
//
//	go run ./examples/gateway                         demo: scripted models, tokens and curl lines
//	go run ./examples/gateway -tour                   plays a whole tour against itself over HTTP
//	go run ./examples/gateway -config gateway.json    serves until it is told to stop
//
// Whoever wants a server of their own begins with build.go: it makes the parts
// and hands them to one another, and nothing else. Around it are
//
//	config.go, check.go          the configuration file and what is refused in it,
//	accounts.go, endpoints.go,   part by part
//	limits.go, principals.go,
//	keeping.go
//	surfaces.go, discovery.go    which path is whose, and the few that are ours
//	serve.go                     listening, and stopping without losing anything
//	reload.go                    SIGHUP: the file again, all of it or nothing
//	demo.go, model.go            the demo and its scripted models
//	tour.go, steps.go            the tour, and its requests; chapters of it:
//	refusal.go, dialects.go,     a refusal that is explained, other APIs,
//	allowance.go, shapes.go,     limits, clients of other makes,
//	records.go, files.go         inference tables, and their files
//	exchange.go, resultset.go    a request, its curl line and what must come back
//
// # Output
//
// The first line on standard output is "listening on http://HOST:PORT", the
// last one "rows lost: N". Lines for people go to standard error, and no token
// or key is in any of them.
//
// # Exit status
//
// 0 after SIGINT or SIGTERM, or when the tour went as it must; 1 when the
// server could not start or a step of the tour went wrong; 2 for a wrong
// command line.
package main
