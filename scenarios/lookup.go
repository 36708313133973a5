package scenarios

// OpByName finds an operation by its full name, as "db.read".
func (m *Model) OpByName(name string) (OpID, bool) {
	for i := range m.Operations {
		if m.Operations[i].Name == name {
			return OpID(i), true
		}
	}
	return 0, false
}

// ServiceByName finds a service.
func (m *Model) ServiceByName(name string) (ServiceID, bool) {
	for i := range m.Services {
		if m.Services[i].Name == name {
			return ServiceID(i), true
		}
	}
	return 0, false
}

// TopicByName finds a topic.
func (m *Model) TopicByName(name string) (TopicID, bool) {
	for i := range m.Topics {
		if m.Topics[i].Name == name {
			return TopicID(i), true
		}
	}
	return 0, false
}

// WorkloadByName finds a workload.
func (m *Model) WorkloadByName(name string) (*Workload, bool) {
	for i := range m.Workloads {
		if m.Workloads[i].Name == name {
			return &m.Workloads[i], true
		}
	}
	return nil, false
}

// ServiceOf is the service that an operation belongs to.
func (m *Model) ServiceOf(id OpID) *Service { return &m.Services[m.Operations[id].Service] }
