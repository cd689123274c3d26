package parquetlog

import "context"

// turn is a lock that one can give up waiting for.
type turn chan struct{}

func newTurn() turn { return make(turn, 1) }

// take waits for the turn, at most as long as ctx. Who has it gives it back with give.
func (t turn) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	default:
	}
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait is take for who cannot give up.
func (t turn) wait() { t <- struct{}{} }

func (t turn) give() { <-t }
