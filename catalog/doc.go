// Package catalog does not know what a token, a prompt or a destination is, it
// does not decide who may do what (package authz does), and it does not know how
// a caller logged in. It holds the nouns of governance and keeps them: a tree of
// securables (metastore, catalog, schema, and what lives in schemas), the
// principals that may be granted something, their group memberships, and the
// grants.
//
// # The three calls
//
// [Open] loads a [Store] into memory and returns a [*Catalog].
// [Catalog.Snapshot] returns one immutable moment, without waiting and
// without copying; every read goes through a snapshot, so a name look-up and
// the privilege check that follows it see the same state.
// [Catalog.Update] is the only way to change anything:
//
//	version, err := c.Update(ctx, "alice", func(tx *catalog.Tx) error {
//		id, err := tx.Create(catalog.Draft{
//			Type: catalog.TypeCatalog, Parent: catalog.MetastoreID,
//			Name: "main", Owner: alice,
//		})
//		if err != nil {
//			return err
//		}
//		return tx.Grant(id, team, catalog.UseCatalog)
//	})
//
// Updates are serial and validated, and all or nothing: when the function or
// the store fails, nothing has changed. A change is durable in the store
// before any snapshot shows it. While the store keeps one commit, the next
// updates are made on what it leaves, unseen, and a store that is a [Batcher]
// then keeps them together. Every commit has a version that only grows;
// [Catalog.Watch] yields commits without gaps and in order.
//
// # Identity
//
// An object is its id. Ids are never used again, not even after a restart.
// Grants, ownership, membership and references bind to ids, never to names:
// dropping an object removes its grants in the same commit, and an object
// made later under the same name starts clean.
//
// Names are canonical ([CanonicalName]): lower case, Unicode normal form C,
// at most 255 characters a part (spec §2, ruling R22). A hyphen stays a
// hyphen. Principal names compare without case and show as first written
// (ruling R21).
//
// # Kinds
//
// The catalog knows metastores, catalogs, schemas, tables and models. Any
// other kind brings its own papers: a [Kind] value passed to [Open] says what
// its parent is, which privileges take effect on it, and how its content is
// decoded. There is no registry and no init.
//
// # How it is kept
//
// Reading never waits and never copies: a snapshot is an immutable index,
// published with each version, that a commit changes by copying the path it
// touches. It has securables and the grants on them, what is in a container in
// order, who holds what where, and names by hash. Principals and members are rows
// of go-memdb with the same index over them. A look-up and the facts of a decision
// ([Standing], [Memberships]) allocate nothing.
//
// # History
//
// Commits are kept by the store with their time and actor. [Catalog.History]
// reads them as events (who granted what to whom, and when), [Catalog.Watch]
// follows them, [Catalog.TrimHistory] forgets the oldest. [Snapshot.Backup] writes
// a whole state, and [Catalog.Restore] makes one the state again in one commit;
// ids do not go back.
//
// # Errors
//
// [ErrNotFound], [ErrAlreadyExists], [ErrNotEmpty], [ErrCycle], [ErrBuiltIn],
// [ErrClosed], [ErrTrimmed], [ErrBackup] and [*InvalidError] are matched with
// errors.Is and errors.As. Any other error comes from the store or from the
// caller's context.
//
// # Concurrency
//
// A Catalog and its snapshots may be used from any number of goroutines. A
// [Tx] belongs to the function it was given to. Nothing handed out shares
// memory with what is kept: changing a returned value changes nothing stored.
package catalog
