package authz

import "github.com/modelward/modelward/catalog"

// Decision is the answer to one question, on one snapshot. The zero Decision is
// a refusal.
type Decision struct {
	// Allowed says whether the caller may.
	Allowed bool
	// Visible says whether the caller may know that the object exists. Where
	// it is false, answer as if the object were missing (ruling R9).
	Visible bool

	asked request
}

// Reason is one fact that an answer rests on: a grant, or an ownership.
type Reason struct {
	Privilege catalog.Privilege   // what was needed
	On        catalog.ID          // where it is granted or owned
	Granted   catalog.Privilege   // the grant that gives it; empty for an ownership
	Through   catalog.PrincipalID // who holds it: the caller or a group of the caller's
	Owner     bool                // On is owned by Through
}

// Because returns what an allowed decision rests on; these facts alone suffice
// to allow it. It is empty for a refusal. A decision made inside an update must
// be asked before the update goes on.
func (d Decision) Because() []Reason {
	if !d.Allowed || d.asked.s == nil {
		return nil
	}
	var t trace
	d.asked.evaluate(&t)
	return t.because
}

// Missing returns grants to the caller that, made together, would allow what
// was refused, outermost container first. It is empty for an allowed decision
// and where no grant can help. Inside an update it is asked as Because is.
func (d Decision) Missing() []catalog.Grant {
	if d.Allowed || d.asked.s == nil {
		return nil
	}
	var t trace
	d.asked.evaluate(&t)
	if t.hopeless {
		return nil
	}
	return t.missing
}

// verb is a kind of question.
type verb uint8

const (
	use verb = iota
	manage
	see
	create
	list
)

// request is a question; it is all that a decision depends on.
type request struct {
	s         *catalog.Snapshot
	verb      verb
	caller    catalog.PrincipalID
	privilege catalog.Privilege     // use
	kind      catalog.SecurableType // create
	on        catalog.ID
}

func (a *Authorizer) decide(r request) Decision {
	allowed, visible := r.evaluate(nil)
	return Decision{Allowed: allowed, Visible: visible, asked: r}
}
