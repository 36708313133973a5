package simulate

// totalsOfData adds what locks, pools, caches and copies of data have come to.
func (k *kernel) totalsOfData(row totals) totals {
	t := k.now
	for i := range k.tables {
		l := &k.tables[i]
		row = append(row, float64(l.asked), float64(l.blocked), float64(l.aborted), l.waits, l.waiting.area(t), l.held.area(t))
	}
	for i := range k.poolUses {
		u := &k.poolUses[i]
		row = append(row, float64(u.asked), float64(u.blocked), float64(u.refused), u.waits, u.waiting.area(t), u.used.area(t))
	}
	for i := range k.stores {
		row = append(row, float64(k.stores[i].asked), float64(k.stores[i].hits))
	}
	for i := range k.datas {
		d := &k.datas[i]
		row = append(row, float64(d.reads), float64(d.stale), d.behind)
	}
	return row
}
