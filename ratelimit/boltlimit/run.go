package boltlimit

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v4"
	"go.uber.org/zap"
)

// run saves what changes, every now and then.
func (k *Keeper) run(ctx context.Context) {
	defer close(k.done)
	ticker := time.NewTicker(k.every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		s := <-k.turn
		if err := k.save(s); err != nil {
			_ = k.retry(ctx, s) // Health has it
		}
		k.turn <- s
	}
}

// retry saves until it works, ctx is done, or nothing can work any more.
func (k *Keeper) retry(ctx context.Context, s *saver) error {
	pause := backoff.NewExponentialBackOff(
		backoff.WithInitialInterval(100*time.Millisecond),
		backoff.WithMaxInterval(10*time.Second),
		backoff.WithMaxElapsedTime(0), // as long as ctx lasts
	)
	return backoff.Retry(func() error {
		err := k.save(s)
		if s.file.stuck {
			return backoff.Permanent(err)
		}
		return err
	}, backoff.WithContext(pause, ctx))
}

// save saves once, and notes and tells how it went.
func (k *Keeper) save(s *saver) error {
	began := k.now()
	err := s.save()
	k.mu.Lock()
	before := k.health
	k.health.Err = err
	if err == nil {
		k.health.Saved, k.health.Since = began, time.Time{}
	} else if before.Err == nil {
		k.health.Since = began
	}
	k.mu.Unlock()
	switch {
	case err != nil && before.Err == nil:
		k.zap.Error("rate limits are not saved: a restart would forget what is used", zap.String("file", s.file.path), zap.Error(err))
	case err == nil && before.Err != nil:
		k.zap.Info("rate limits are saved again", zap.String("file", s.file.path))
	}
	return err
}
