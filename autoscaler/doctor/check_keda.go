package doctor

import "strings"

type scaledObjectFields struct {
	Metadata struct {
		Namespace, Name string
		Annotations     map[string]string
	}
	Status struct {
		Conditions []struct{ Type, Status, Reason, Message string }
	}
}

func (c *call) scaledObjects(check func(*scaledObjectFields, Object)) {
	for _, object := range c.snapshot.ScaledObjects {
		var o scaledObjectFields
		if decode(object, &o) {
			check(&o, Object{"ScaledObject", o.Metadata.Namespace, o.Metadata.Name})
		}
	}
}

func (o *scaledObjectFields) hasCondition(kind, status string) (reason string, found bool) {
	for _, c := range o.Status.Conditions {
		if c.Type == kind && c.Status == status {
			return strings.TrimSuffix(c.Reason+": "+c.Message, ": "), true
		}
	}
	return "", false
}

func (o *scaledObjectFields) describe() string {
	return kubectl(o.Metadata.Namespace, "describe scaledobject %s", o.Metadata.Name)
}

func checkScaledObjects(c *call) {
	c.scaledObjects(func(o *scaledObjectFields, object Object) {
		if reason, failed := o.hasCondition("Ready", "False"); failed {
			c.add(Error, object, reason, "KEDA does not scale the target by this object",
				Fix{Text: "correct the trigger or the target that the message names", Command: o.describe()})
		}
	})
}

func checkScaledObjectFallback(c *call) {
	c.scaledObjects(func(o *scaledObjectFields, object Object) {
		if _, active := o.hasCondition("Fallback", "True"); active {
			c.add(Warning, object, "a trigger fails, and KEDA uses spec.fallback.replicas", "the replicas do not follow the load",
				Fix{Text: "restore the source of the trigger", Command: o.describe()})
		}
	})
}

func checkScaledObjectPaused(c *call) {
	c.scaledObjects(func(o *scaledObjectFields, object Object) {
		for _, key := range sorted(o.Metadata.Annotations) {
			if name, found := strings.CutPrefix(key, "autoscaling.keda.sh/paused"); found && o.Metadata.Annotations[key] != "false" && (name == "" || name == "-replicas") {
				c.add(Info, object, "the annotation "+key+" is "+o.Metadata.Annotations[key], "the replicas do not follow the load",
					Fix{Text: "remove the annotation once its cause is gone", Command: kubectl(o.Metadata.Namespace, "annotate scaledobject %s %s-", o.Metadata.Name, key)})
				return
			}
		}
	})
}
