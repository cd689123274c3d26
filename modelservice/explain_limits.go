package modelservice

import (
	"context"
	"errors"

	"github.com/modelward/modelward/catalog"
	"github.com/modelward/modelward/ratelimit"
)

// LimitReport says how the limits of a service stand for one caller, and what
// they would answer to a call of his. It knows nothing of waiting: a call that
// the report refuses may wait for room ([Config].WaitForLimits), and one that it
// lets in may have to stand behind others. Nor does it know when the limiter has
// no place for another bucket, and refuses for that ([ratelimit.Verdict].Full).
type LimitReport struct {
	Service   catalog.FullName
	Principal string
	// Limits are those that concern the caller, in the order in which they
	// are asked: the service's, those of his tags, his own, shadow ones.
	Limits []LimitStanding
	// Refusal is what a call would be refused with now, nil if it would be
	// let in.
	Refusal *Error
	// ShadowRefusal is what shadow limits would refuse it with.
	ShadowRefusal *Error
}

// LimitStanding is how one limit stands.
type LimitStanding struct {
	Key ratelimit.Key
	// Principal is the user, service principal or group whose limit it is,
	// also for the limit that each caller has by default. Empty for others.
	Principal string
	// TagKey and TagValue are the tag that it is on, as the call has it.
	TagKey, TagValue string
	Period           ratelimit.Period // 0 for calls under way
	Dimension        ratelimit.Dimension

	Limit     int64
	Used      int64 // by all who share it; more than Limit after it was lowered
	Remaining int64 // at least 0
	Shadow    bool
}

// Limits returns how the limits of a service stand for a caller, and what they
// would say to a call of his with such tags: one that reserves a single token,
// since what it asks is not known here. Nothing is taken. Several groups are
// all listed, though it takes all of them to refuse (ruling R7).
//
// An empty name stands for the caller, who must be able to call the service: one
// who sees it and cannot gets PERMISSION_DENIED, and to anybody else it does not
// exist (RESOURCE_DOES_NOT_EXIST). To ask about another he must be able to manage it (PERMISSION_DENIED), and the other must be
// able to call it (INVALID_PARAMETER_VALUE; PRINCIPAL_DOES_NOT_EXIST). The
// numbers of limits that are shared tell what others use together, and no more.
func (g *Gateway) Limits(ctx context.Context, caller catalog.PrincipalID, name catalog.FullName, of string, tags map[string]string) (LimitReport, error) {
	s := g.catalog.Snapshot()
	at, who, err := g.limitsOf(s, caller, name, of)
	if err != nil {
		return LimitReport{}, err
	}
	service, ok := s.Compiled(at.id).(*compiled)
	if !ok {
		return LimitReport{}, AsError(errors.New("modelservice: the service is not compiled"))
	}
	report := LimitReport{Service: at.name, Principal: who.Name}
	asks := service.limits.asks(s, who, tags, nil)
	verdict, standings := g.limiter.Peek(ctx, asks, nil)
	for _, st := range standings {
		b := st.Ask.Bucket
		l := LimitStanding{Key: b.Key, Period: b.Period, Dimension: b.Dimension,
			Limit: st.Ask.Limit, Used: st.Used, Remaining: st.Remaining, Shadow: st.Ask.Shadow}
		switch b.Key {
		case ratelimit.KeyService:
		case ratelimit.KeyRequestTag:
			l.TagKey, l.TagValue = requestTags(tags).find(b.Principal)
		default:
			l.Principal = principalName(s, catalog.PrincipalID(b.Principal))
		}
		report.Limits = append(report.Limits, l)
	}
	if !verdict.OK {
		report.Refusal = limitError(verdict, s, at.name, tags)
	}
	if verdict.Shadow != nil {
		report.ShadowRefusal = limitError(*verdict.Shadow, s, at.name, tags)
	}
	return report, nil
}

// limitsOf finds the service, and whose limits are asked for.
func (g *Gateway) limitsOf(s *catalog.Snapshot, caller catalog.PrincipalID, name catalog.FullName, of string) (place, catalog.Principal, error) {
	m := g.metastore
	at, err := m.find(s, caller, TypeModelService, name)
	if err != nil {
		return at, catalog.Principal{}, err
	}
	if p, _ := s.PrincipalNamed(of); of == "" || p.ID == caller {
		who, _ := s.Principal(caller)
		if !m.authz.Check(s, caller, catalog.Execute, at.id).Allowed {
			return at, who, lacks(catalog.Execute, at)
		}
		return at, who, nil
	}
	if !m.authz.Manage(s, caller, at.id).Allowed {
		return at, catalog.Principal{}, lacks(catalog.Manage, at)
	}
	who, err := principal(s, "principal", of)
	switch {
	case err != nil:
	case who.Type == catalog.Group:
		err = invalid("principal", "'%s' is a group: groups call nothing.", who.Name)
	case !m.authz.Check(s, who.ID, catalog.Execute, at.id).Allowed:
		err = invalid("principal", "'%s' cannot call %s, so no limit of it concerns him.", who.Name, describe(at.kind, at.name))
	}
	return at, who, err
}
