package page

import (
	"mizuhiki.dev/mizuhiki/internal/fault"
	"mizuhiki.dev/mizuhiki/internal/platform/cause"
)

// cause says in words why something does not work. A cause of another version of the program
// leaves it to what was said.
func (p phrases) cause(k cause.Kind) string {
	if _, ok := textsJapanese[fault.Key("cause."+string(k))]; !ok {
		k = cause.Other
	}
	return p.named("cause", k)
}
