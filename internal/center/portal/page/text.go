package page

import "mizuhiki.dev/mizuhiki/internal/fault"

func known(key fault.Key) bool { return key != "" }
