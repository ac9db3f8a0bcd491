// A run or a node of the cluster failed, and it is known why.
namespace XClassFlow.Cluster.Membership;

/// <summary>The message is one line for people: what happened and what to do. Exit code 1.</summary>
public sealed class ClusterException(string message, Exception? cause = null) : Exception(message.ReplaceLineEndings(" "), cause);
