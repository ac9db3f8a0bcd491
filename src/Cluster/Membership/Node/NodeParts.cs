// What a node's process is made of besides its membership.
using XClassFlow.Cluster.Lane;

namespace XClassFlow.Cluster.Membership.Node;

/// <summary>Makes the parts of a node that do not depend on the control plane.</summary>
/// <param name="Runtime">Turns layouts into runs.</param>
/// <param name="Lane">Opens this process's end of the data plane; whoever calls owns it.</param>
internal sealed record NodeParts(Func<RunEnvironment, INodeRuntime> Runtime, Func<RunEnvironment, ILaneEndpoint> Lane);
