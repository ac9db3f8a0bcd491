// What a running part tells its node.
using XClassFlow.Cluster.Training;

namespace XClassFlow.Cluster.Membership;

/// <summary>Events of a run: those that an observer gets, but on any thread.</summary>
internal interface INodeEvents : IRunObserver;
