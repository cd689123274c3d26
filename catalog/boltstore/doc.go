// Package boltstore does not know what the rows it keeps mean. It is a
// [catalog.Store] in one file, for one process at a time, on bbolt:
//
//	store, err := boltstore.Open("/var/lib/gateway/catalog.db", nil)
//	if err != nil {
//		return err
//	}
//	c, err := catalog.Open(ctx, store, opts) // c closes the store
//
// # Durability
//
// Append returns nil once the commit is on disk: bbolt syncs the data, then
// the page that makes it count, then syncs again. A process killed at any
// moment leaves every acknowledged commit and no part of another. When a write
// fails, Append looks what is in the file: either the commit is not there and
// the store goes on, or that cannot be known, and then every later call
// returns an error that says so until the file is opened again. AppendAll does
// the same for several commits in one transaction: all of them or none.
//
// The same holds when the power goes between two syncs, whatever the disk has
// kept of the pages in flight. Only while the file is made for the first time
// can a crash leave one that Open refuses; nothing is in it, and it can be
// removed.
//
// # One process
//
// The file is locked while it is open. A second Open waits for
// [Options].LockTimeout and then returns [ErrInUse]. Several
// replicas need a store on a database; there is none here yet.
//
// # Damage
//
// [Open] reads the whole file once and checks every page, because bbolt trusts
// page numbers and would follow a wrong one anywhere. Rows and commits carry
// checksums of their own, and their numbers are known, so that a row that is
// altered or missing is found when it is read. All of it ends in
// [ErrDamaged], never in a panic and never in a smaller catalog.
//
// Three things look like something else and cannot be seen: a file, or one
// page of it, replaced by an older one of the same store that says it has that
// number; an empty file, which is a new one; and damage to exactly the page that made the last commit count, which looks like
// a write that a crash has cut, so that the commit before it, or before those
// that were kept together, is the newest.
//
// # In the file
//
// The bucket "rows" has the newest state, "log" every commit as JSON under its
// version, "meta" where the store stands. The history is kept until it is
// trimmed. The file never shrinks: what Trim and later versions of a row set
// free is used again by later commits, and the bbolt command can compact it.
// The file is created with mode 0600.
//
// # Concurrency
//
// A [*Store] may be used from any number of goroutines. Watchers are woken by
// commits of this process, which is the only one there is. There is no
// background goroutine.
package boltstore
