package inferencelog

// ack waits for the rows of one request.
type ack struct {
	done chan struct{} // closed when all of them are acknowledged or lost
	rows int           // how many are not
	err  error         // ErrLost when one was lost
}

func newAck() *ack { return &ack{done: make(chan struct{})} }
