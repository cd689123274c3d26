//go:build !linux && !darwin

package boltlimit_test

import (
	"errors"

	"github.com/modelward/modelward/ratelimit"
	"github.com/modelward/modelward/ratelimit/boltlimit"
)

func childFull(*ratelimit.Limiter, *boltlimit.Keeper, string) error {
	return errors.New("no limit on file sizes to test with")
}
