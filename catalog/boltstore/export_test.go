package boltstore

import "go.etcd.io/bbolt"

// Bolt lets tests at what a store writes through.
func Bolt(s *Store) *bbolt.DB { return s.db }
