// Package authz does not know rates, routes or HTTP, nor how a caller logged in:
// it answers "may they?". A caller is a principal of the catalog, and nothing
// else about a request can change an answer.
//
// The rules are Unity Catalog's (spec §12): grants on a container hold for
// everything inside, present and future; reaching anything takes the usage
// privilege of every container above it; ownership and MANAGE let one manage
// an object and all below it, but not use it; ALL PRIVILEGES is resolved when
// the check is made; there is no deny.
//
// An [Authorizer] decides on one [catalog.Snapshot], so a decision is a
// function of that moment, the caller, the question and the object alone. A
// refusal is an answer, not an error: [Decision] says whether it is allowed,
// whether the caller may know that the object exists, what the answer rests
// on ([Decision.Because]), and which grants would change it
// ([Decision.Missing]). What cannot be found out (no such caller, no such
// object, no such privilege) is denied.
//
// Beyond yes and no there are [Authorizer.Visible], which lists what somebody
// sees in a container at a cost that grows with what he holds there and not with
// what is there; [Authorizer.EffectivePrivileges], with the source of each; and
// [Authorizer.WhoCan]. All of them ask the same evaluator.
//
// A check allocates nothing and takes the time of some map look-ups. There is no
// cache of decisions: a check that begins after a revoke has returned is denied.
//
// Questions are asked inside [catalog.Catalog.Update] too, with the
// transaction's own snapshot, so that a change and the check that permits it
// see the same state.
//
// An Authorizer may be used from any number of goroutines.
package authz
