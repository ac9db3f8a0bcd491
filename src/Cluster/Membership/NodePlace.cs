// A node of a layout.
namespace XClassFlow.Cluster.Membership;

/// <summary>One node that takes part in an incarnation.</summary>
/// <param name="Address">Its address in the cluster ("akka.ssl.tcp://xclassflow@10.0.0.2:4053").</param>
/// <param name="Lane">Its address on the tensor lane.</param>
/// <param name="Roles">What it may hold.</param>
public sealed record NodePlace(string Address, string Lane, NodeRoles Roles);
