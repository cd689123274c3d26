package inferencelog

// ack waits for the rows of one request.
type ack struct {
	done chan struct{} // closed when all of them are acknowledged or lost
	rows int           // how many are not yet; guarded by the logger's mutex
	err  error         // ErrLost when one was lost; read once done is closed
}

func newAck() *ack { return &ack{done: make(chan struct{})} }

// settle tells of n rows that they are acknowledged, or lost. The caller holds the logger's mutex.
func (a *ack) settle(n int, as fate) {
	if a == nil {
		return
	}
	if as != stored {
		a.err = ErrLost
	}
	if a.rows -= n; a.rows == 0 {
		close(a.done)
	}
}
