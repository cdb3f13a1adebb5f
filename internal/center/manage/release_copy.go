package manage

import (
	"context"

	"mizuhiki.dev/mizuhiki/internal/center/release"
	"mizuhiki.dev/mizuhiki/internal/center/release/releasedb"
	"mizuhiki.dev/mizuhiki/internal/center/signin"
)

// ReleaseCopy gives the center's copy of the caller's own release matrix, for while
// the gateway does not answer. It may be out of date and cannot be edited.
func (s *Service) ReleaseCopy(ctx context.Context, c signin.Caller) (release.Copy, error) {
	if err := needOwnRelease(c); err != nil {
		return release.Copy{}, err
	}
	return releasedb.Store{}.Copy(ctx, s.DB.Reader(), c.Facility)
}
