package rewrite

// LookAtAll has a run look at every package of the program, also at those that it
// would pass by unseen.
func (o *Options) LookAtAll() { o.all = true }
