// Package modelservice governs calls to language models: it is the one room
// that knows all the others, and the only one that knows the order of the
// steps. It does not know how to count, to rank, to decide on rights or to
// store: those are packages ratelimit, routing, authz and catalog, and
// inferencelog keeps what happened. It does not know how a caller logged in.
//
// A model service is a securable with a name of three parts, an owner and
// grants. It has destinations among which traffic is split, fallbacks that are
// tried in order when one fails, limits, and a table to which requests and
// answers are logged ([Spec]).
//
// # Two planes
//
// [Metastore] is the control plane: catalogs, schemas, services, tables and
// grants are made, read, changed and dropped there, each time in the name of a caller
// and under that caller's rights. The check and the change are one transaction
// of the catalog.
//
// [Gateway] is the data plane. [Gateway.Serve] takes one call from its body to
// its row in the log:
//
//	parse → one snapshot of the catalog → authorise → ask every limit at once
//	→ plan → attempt, attempt … → settle → record
//
// No step calls an earlier one, and every exit (an answer, an error, a caller
// who hangs up, a panic) leaves through the same settlement.
//
// # Four APIs
//
// A call is in one of four forms ([API]): chat completions, responses,
// embeddings, Anthropic's messages. The way is the same for all; nothing is
// translated, and a destination that does not speak the form is an error (ruling
// R33). What the router may do twice when it hedges is charged once: the usage
// of the attempt that answered.
//
// # Limits
//
// A service may limit requests, tokens and calls under way: of all callers
// together, of one, of a group, of those with a request tag ([RateLimit]). All that
// concern a call are asked at once, before anything is sent, and a call that one
// of them refuses takes nothing from any (ruling R27). What it is taken to use is
// reserved, and settled with what it has used when it ends: once, however it ends
// and however many destinations it went through.
//
// [Gateway.Limits] says how limits stand for a caller and what they would say
// now. [Config] can have callers told in headers, have calls wait for room in
// place of being refused, and have tokens counted in place of bytes.
//
// # Putting it together
//
//	c, err := catalog.Open(ctx, nil, &catalog.Options{Kinds: modelservice.Kinds()})
//	log := inferencelog.New(inferencelog.NewMemory(), nil)
//	ms, err := modelservice.NewMetastore(ctx, c, authz.New(nil), &modelservice.MetastoreOptions{Log: log})
//	gw, err := modelservice.NewGateway(modelservice.Config{
//		Metastore: ms, Router: routing.New(nil), Limiter: ratelimit.New(nil), Backend: backend,
//	})
//
// Packages rest, query and statement put HTTP and SQL in front of the two,
// package authn says who a request is from, openapi describes what there is over
// HTTP, and package upstream has the [Backend] that speaks HTTP to providers.
//
// The host itself makes the models ([SyncSystem]) and the first member of
// [catalog.MetastoreAdmins], in updates of the catalog that nobody's rights are
// asked for; examples/quickstart shows it. All other principals are made there
// too, or by metastore admins ([Metastore.CreatePrincipal]). To stop, stop the
// calls, then close the metastore, the log, its sink and the catalog, in this
// order.
//
// # Rights
//
// A caller needs EXECUTE on the service and USE on its schema and catalog; when
// anything is wanting, the service does not exist for that caller. The models
// behind it are reached with the rights of the service's owner, checked at
// every attempt (ruling R6), so that no fallback opens a second door. So is its
// inference table, for every row: without those rights logging stops, visibly,
// and calls go on ([Logging]).
//
// [Metastore.Explain] says why somebody may or may not, and which grants would
// change it; [Metastore.WhoCan] says who may; [Metastore.EffectiveGrants] shows
// what an object inherits. Nobody learns more from them than he may see.
//
// # Administration
//
// Metastore admins read who changed what and when ([Metastore.History]), and
// keep and bring back the whole state ([Metastore.Backup], [Metastore.Restore]).
// No restore leaves a metastore without an admin who can log in. What it does to
// the rows of inference tables is said there.
//
// # Errors
//
// Every refusal is an [*Error] with a [Code] in the words of the Databricks API
// and a message that reveals nothing the caller may not know. errors.Is works
// with the sentinels of the rooms below.
package modelservice
