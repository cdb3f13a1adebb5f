package register

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/center/directory"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
)

// Disclosing lists the disclosing facilities of the caller's union in the order of their
// codes. Who takes part is public; who is linked is not told here.
func (s *Service) Disclosing(ctx context.Context, c signin.Caller) ([]directory.Facility, error) {
	list, err := s.network.Facilities(ctx, s.cfg.DB.Reader(), c.Union)
	if err != nil {
		return nil, err
	}
	out := list[:0]
	for _, f := range list {
		if f.Disclosing {
			out = append(out, f)
		}
	}
	return out, nil
}
