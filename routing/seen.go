package routing

// Seen is what a Router has seen of its destinations, for a [Strategy] that
// wants to know. The zero Seen has seen nothing.
type Seen struct{}
