// A run as it is submitted to a cluster.
namespace XClassFlow.Cluster.Membership;

/// <summary>A submitted run: everything a node needs to take part, besides the layout.</summary>
/// <param name="Id">Identity of the run, new for every submission.</param>
/// <param name="Name">Its name.</param>
/// <param name="Configuration">The effective configuration of the submitter, HOCON; nodes take everything but <c>xclassflow.cluster</c> and <c>akka</c> from it.</param>
/// <param name="Checkpoint">Directory of checkpoints, one for all nodes (a shared file system between machines); null: none, and a lost node ends the run.</param>
/// <param name="Resume">Whether the first incarnation goes on from the last checkpoint. Later ones do where there is one.</param>
/// <param name="ReportLosses">Whether the report holds every loss.</param>
public sealed record RunSpec(string Id, string Name, string Configuration, string? Checkpoint, bool Resume, bool ReportLosses);
