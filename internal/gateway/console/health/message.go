package health

import "mizuhiki.dev/mizuhiki/internal/gateway/source/kept"

// NeedsLook reports whether somebody has to look at a message that was filed with a remark:
// what is shown may be wrong, or what was sent is shown to nobody. A merge of patient ids is
// none of these, since the links that it suspends are told of; neither is a message that was
// put together with what came before, of which everything is shown: some senders send
// nothing else.
func NeedsLook(r kept.Reason) bool { return r != kept.ReasonMerge && r != kept.ReasonCombined }
