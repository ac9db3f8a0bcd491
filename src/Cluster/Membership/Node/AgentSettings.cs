// What a node's agent is made with.
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Membership.Node;

/// <param name="Settings">The cluster settings.</param>
/// <param name="Runtime">Runs this node's parts.</param>
/// <param name="Lane">This process's end of the data plane.</param>
/// <param name="End">Ends the process; called once at most, any thread.</param>
/// <param name="Timing">Its intervals.</param>
/// <param name="Say">Takes lines for the operator.</param>
internal sealed record AgentSettings(ClusterSettings Settings, INodeRuntime Runtime, ILaneEndpoint Lane, Action<NodeExit> End, ControlTiming Timing, Action<string> Say);
