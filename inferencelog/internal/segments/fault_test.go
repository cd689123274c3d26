package segments

import (
	"errors"
	"fmt"
	"testing"
)

// script is some life of a log: batches small and large, a full disk, files that go, and a second process.
var script = []func(*rig) error{
	(*rig).open,
	func(g *rig) error { return g.append(3, 200) },
	func(g *rig) error { return g.append(1, 1200) },
	func(g *rig) error { return g.next(2, 1<<20) },
	func(g *rig) error { return g.append(4, 300) },
	func(g *rig) error { return g.settle(1) },
	func(g *rig) error { return g.append(2, 3000) },
	func(g *rig) error { return g.next(100, 1<<20) },
	func(g *rig) error { return g.append(1, 0) },
	func(g *rig) error { return g.settle(4) },
	func(g *rig) error { return g.append(2, 900) },
	func(g *rig) error { return g.append(5, 900) },
	func(g *rig) error { return g.append(5, 900) },
	(*rig).rewind,
	func(g *rig) error { return g.next(100, 1500) },
	func(g *rig) error { return g.settle(100) },
	func(g *rig) error { return g.append(3, 600) },
	(*rig).close,
	(*rig).open,
	func(g *rig) error { return g.append(2, 600) },
	func(g *rig) error { return g.next(100, 1<<20) },
	func(g *rig) error { return g.settle(100) },
	func(g *rig) error { return g.append(1, 600) },
	func(g *rig) error { return g.append(2, 600) },
	(*rig).rewind,
	func(g *rig) error { return g.next(100, 1<<20) },
	func(g *rig) error { return g.settle(100) },
	(*rig).close,
	(*rig).open,
	func(g *rig) error { return g.append(2, 600) },
	func(g *rig) error { return g.append(2, 600) },
}

// play plays the script, and then what every log must still be able to do after a crash.
func play(g *rig) error {
	for i, step := range script {
		if err := step(g); err != nil {
			return fmt.Errorf("step %d: %w", i, err)
		}
	}
	g.die()
	rest := []func(*rig) error{
		(*rig).open,
		func(g *rig) error { return g.next(1<<20, 1<<20) },
		func(g *rig) error { return g.settle(1 << 20) },
		func(g *rig) error {
			if err := g.append(2, 600); err != nil || g.left() != 2 {
				return errors.Join(err, fmt.Errorf("%d frames left, want 2", g.left()))
			}
			return nil
		},
		func(g *rig) error { return g.next(1<<20, 1<<20) },
		func(g *rig) error { return g.settle(1 << 20) },
		(*rig).close,
		(*rig).open,
		func(g *rig) error { return g.append(1, 1) },
	}
	for i, step := range rest {
		if err := step(g); err != nil {
			return fmt.Errorf("after the crash, step %d: %w", i, err)
		}
	}
	return nil
}

// Whatever operation fails, and however: what was acknowledged is there, what was not is whole or absent, and the log goes
// on (invariant I36).
func TestEveryFault(t *testing.T) {
	for _, f := range faults {
		t.Run(f.String(), func(t *testing.T) {
			t.Parallel()
			for k := 1; ; k++ {
				struck := false
				for seed := range uint64(4) {
					g := newRig(seed)
					g.order(k, f)
					if err := play(g); err != nil {
						t.Fatalf("operation %d, seed %d: %v", k, seed, err)
					}
					struck = struck || g.struck
				}
				if !struck {
					if k < 100 {
						t.Fatalf("the script has %d operations only", k)
					}
					return
				}
			}
		})
	}
}
