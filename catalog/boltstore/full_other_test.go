//go:build !linux && !darwin

package boltstore_test

import (
	"errors"

	"github.com/modelward/modelward/catalog/boltstore"
)

func childFull(*boltstore.Store, string) error {
	return errors.New("no limit on file sizes to test with")
}
