// Package boltlimit does not know rules, callers' names or limits. It keeps
// what a [ratelimit.Memory] counts in a file, so that a restart forgives
// nothing. The file is for one process at a time, on bbolt:
//
//	limiter := ratelimit.New(nil)
//	keeper, err := boltlimit.Keep("/var/lib/gateway/limits.db", limiter.Memory(), nil)
//	if err != nil {
//		return err
//	}
//	defer keeper.Close(ctx) // after the last call
//
// # What survives
//
// After [Keeper.Close] a new process gives the verdicts that the old one would
// have given: what was taken leaves its window at the moment it would have left
// it. A process that is killed, or a power cut, forgets at most what was taken
// or given back in the last [Options].Every, and while a save was under way.
// What a call had reserved and not yet settled stays taken as it was reserved;
// calls under way are not counted, for they ended with their process.
//
// So in any period at most the limit is admitted by all lives of a process
// together, and for each kill besides what its last interval had admitted.
//
// The ids in a bucket mean something in one catalog only: when that is replaced,
// the file must be removed.
//
// # Time
//
// What is in the file has the time of day at which it was taken. A clock that
// is set back between two lives counts as no time passing: nothing is forgiven,
// and nobody is locked out for the length of the jump. A clock that is set
// forward is believed, and what lies a period back counts no more. As in
// package ratelimit, a slot is a second of a minute or a minute of an hour.
//
// # When the disk fails
//
// Calls go on, counted in memory. The keeper tries again, at growing intervals
// of up to ten seconds, and [Keeper.Health] says since when and why; nothing is
// lost if it works again before the process ends.
//
// # Damage
//
// [Keep] reads the whole file once and checks every page, because bbolt trusts
// page numbers and would follow a wrong one anywhere. Rows carry checksums of
// their own, and their number is known. What is wrong ends in [ErrDamaged],
// never in a panic and never in a limit that is silently forgiven. To start
// anew, with nothing counted, remove the file.
//
// Three things look like something else and cannot be seen: a file replaced by
// an older one of the same limits; one of length 0, which is a new one; and, in
// the file of a process that was killed, damage to exactly the page that made
// the last save count, so that the save before it is the newest.
//
// # In the file
//
// The bucket "counts" has a row for each bucket of limits in which something
// counts, of 19 bytes and about as many again, more when it was taken from in
// many slots; "meta" has the format and the time of the last save. Rows in which
// nothing counts any more are deleted little by little with every save. The file
// never shrinks; what is free in it is used again. It is created with mode
// 0600.
//
// # Concurrency
//
// A [Keeper] may be used from any number of goroutines. It has one of its own,
// until Close. A save locks a small part of the memory at a time, and calls
// never wait for the disk.
package boltlimit
