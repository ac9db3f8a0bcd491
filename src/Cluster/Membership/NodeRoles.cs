// What a node of the cluster can hold.
namespace XClassFlow.Cluster.Membership;

/// <summary>Roles; a node holds all of them unless its configuration says otherwise.</summary>
[Flags]
public enum NodeRoles
{
    None = 0,

    /// <summary>Reads and decodes samples.</summary>
    Loader = 1,

    /// <summary>Replicas of the backbone.</summary>
    Backbone = 2,

    /// <summary>Shards of the final layer.</summary>
    Shard = 4,

    All = Loader | Backbone | Shard,
}
