package boltlimit

import (
	"errors"
	"fmt"

	"github.com/modelward/modelward/internal/boltpages"
)

// checkFile checks every page of the file, which bbolt itself would trust.
func checkFile(path string, opts *Options) error {
	db, err := openBolt(path, opts, true) // for its shared lock and the page size
	if err != nil {
		return err
	}
	err = boltpages.Check(path, db.Info().PageSize)
	var damage *boltpages.Damage
	switch {
	case errors.As(err, &damage):
		err = damaged("%s", damage.Reason)
	case err != nil:
		err = fmt.Errorf("boltlimit: %w", err)
	}
	return errors.Join(err, db.Close())
}
