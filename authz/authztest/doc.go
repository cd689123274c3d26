// Package authztest holds the second opinion on package authz: a slow and
// obvious oracle written from the specification, generated worlds, laws, and a
// small language for scenarios. It does not know how authz decides: it reads
// only its exported API, and it shares no code with it.
//
// # The pieces
//
// A [World] is the catalog as plain rows, copied out of a snapshot by
// [WorldOf]. A [Question] is one thing that can be asked of an authoriser, and
// [World.Questions] lists all of them. An [Oracle] answers a question by
// looking through the rows with the definitions of spec §12 and the rulings
// R6, R9 and R17 to R21, one definition after the other, with no index and
// nothing remembered between questions.
//
// [Compare] asks everything of both. [DrawCatalog] makes catalogs for rapid:
// nested groups, grants at mixed levels, owners that are users, groups, or
// gone. [TestAuthorizer] runs the laws:
//
//	func TestAuthorizer(t *testing.T) {
//		authztest.TestAuthorizer(t, func() *authz.Authorizer { return authz.New(nil) })
//	}
//
// The laws run 100 generated worlds each; the flag -rapid.checks changes that,
// and -rapid.seed repeats a run.
//
// # At scale
//
// What is kept between decisions can be wrong only after something has changed.
// [TestStories] plays random histories of small and of large catalogs:
// updates that end well and that are undone, names that pass from one to
// another, moves, crowds, ids far apart, restored backups, two catalogs over one
// store. It keeps each state in plain rows besides, which have never passed
// through the catalog, and compares every reading and millions of decisions
// with them: inside the updates, after them, on old snapshots, on the state
// opened again, and on the same world built anew.
//
// [TestHistories] has writers and checkers work at the same time and proves
// each history linearisable. TestAuthorizer also runs graphs of 10,000 groups.
//
// # Scenarios
//
// [RunScenario] runs a text in which each line changes a world or says what
// must hold in it, of the authoriser and of the oracle alike. [World.String]
// writes a world in the same language, so that a disagreement found by chance
// becomes a scenario by copying it.
//
//	user alice bob
//	group team
//	member bob of team
//	catalog main owner alice
//	schema main.default owner alice
//	model_service main.default.svc owner alice
//	grant EXECUTE on main.default.svc to team
//
//	deny bob EXECUTE main.default.svc hidden missing USE CATALOG on main, USE SCHEMA on main.default
//	grant USE CATALOG, USE SCHEMA on main to team
//	allow bob EXECUTE main.default.svc
//	allow alice to manage main.default.svc
//
// The whole grammar is at [RunScenario].
package authztest
